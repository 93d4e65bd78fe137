// Runs in both pages before anything else: sends statuses at a steady rate and counts frames. It is the same code on both sides, so
// what it costs itself is in both figures.
(() => {
  const words = ['healthy', 'partial', 'pending', 'error'];
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  /** The nth status of a run; `salt` makes each run's statuses differ from those of the run before. */
  const statusOf = (nth, salt) => {
    const desired = 3 + ((nth + salt) % 4);
    return { state: words[(nth * 7 + salt) % words.length], message: `change ${nth} of run ${salt}`, ready: (nth + salt) % (desired + 1), desired };
  };
  // Events come as a host's do: each is a message of its own, copied, and a task of its own.
  const { port1, port2 } = new MessageChannel();
  let whenLast = () => {};
  port2.addEventListener('message', ({ data }) => {
    if (data === 'last') whenLast();
    else window.kubeorchSink(data);
  });
  port2.start();
  window.kubeorchBench = {
    /** Resolves when all are drawn, with what each node must show and how many frames a second there were. */
    async feed(ids, perSecond, seconds, salt) {
      const total = perSecond * seconds;
      const last = {};
      let frames = 0;
      let counting = true;
      const count = () => {
        frames += 1;
        if (counting) requestAnimationFrame(count);
      };
      requestAnimationFrame(count);
      const begunAt = performance.now();
      for (let sent = 0; sent < total;) {
        const due = Math.min(total, Math.floor(((performance.now() - begunAt) / 1000) * perSecond) + 1);
        for (; sent < due; sent++) {
          const id = ids[(sent * 37 + salt) % ids.length];
          const status = statusOf(sent, salt);
          last[id] = status;
          port1.postMessage({ id, status });
        }
        await new Promise((done) => setTimeout(done, 1));
      }
      // Messages keep their order: behind the last one nothing is on its way.
      await new Promise((done) => {
        whenLast = done;
        port1.postMessage('last');
      });
      for (let left = 3; left > 0; left--) await frame();
      counting = false;
      return { last, framesASecond: (frames / (performance.now() - begunAt)) * 1000 };
    },
    /** What the cards show by node: the state's word and the pods. */
    shown() {
      const shown = {};
      for (const node of document.querySelectorAll('.react-flow__node')) {
        const pods = /(\d+)\/(\d+)/.exec(node.querySelector('.status-pods')?.textContent ?? '');
        shown[node.dataset.id] = `${node.querySelector('.status-label')?.textContent ?? ''} ${pods?.[0] ?? ''}`;
      }
      return shown;
    },
    /** Times between frames while `act` goes on elsewhere, until `stopFrames`. */
    startFrames() {
      const times = [];
      let before = performance.now();
      let on = true;
      const look = (now) => {
        times.push(now - before);
        before = now;
        if (on) requestAnimationFrame(look);
      };
      requestAnimationFrame((now) => {
        before = now;
        requestAnimationFrame(look);
      });
      window.kubeorchBench.stopFrames = () => {
        on = false;
        return times;
      };
    },
  };
  // First paint: the first frame after all cards that can be seen are there.
  const look = () => {
    if (document.querySelector('.react-flow__node') === null || document.querySelector('.react-flow__edge') === null) return void requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => (window.kubeorchPainted = performance.now())));
  };
  requestAnimationFrame(look);
})();
