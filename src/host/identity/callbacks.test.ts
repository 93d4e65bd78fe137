import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { listenOnLoopback, UriCallbacks } from './callbacks';
import type { CallbackReceiver } from './callbacks';

let receiver: CallbackReceiver | undefined;
afterEach(() => receiver?.close());

/** Like a browser, but free to say anything. */
function ask(
  url: string,
  options: { readonly method?: string; readonly host?: string } = {},
): Promise<{ status: number; body: string; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method: options.method ?? 'GET', ...(options.host === undefined ? {} : { headers: { host: options.host } }) }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }));
    });
    asked.on('error', reject);
    asked.end();
  });
}

describe('the way back over loopback', () => {
  it('takes the one answer with its state, says what came of it, and closes', async () => {
    receiver = await listenOnLoopback();
    expect(receiver.redirectUri).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/signed-in$/);
    const answered = receiver.answerTo('s1');
    const page = ask(`${receiver.redirectUri}?state=s1&code=abc`);
    const answer = await answered;
    expect(new URL(answer.url).searchParams.get('code')).toBe('abc');
    answer.reply('<b>Signed in</b> & done');
    const { status, body, headers } = await page;
    expect(status).toBe(200);
    expect(body).toContain('&#60;b&#62;Signed in&#60;/b&#62; &#38; done');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['cache-control']).toBe('no-store');
    await expect(ask(`${receiver.redirectUri}?state=s1&code=abc`)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('refuses what is no answer, and waits on', async () => {
    receiver = await listenOnLoopback();
    const { redirectUri } = receiver;
    const answered = receiver.answerTo('s1');
    const { origin, host } = new URL(redirectUri);
    expect((await ask(`${origin}/favicon.ico`)).status).toBe(404);
    // By itself no URL: a parser that takes it for a host throws.
    expect((await ask(`${origin}//`)).status).toBe(404);
    expect((await ask(`${redirectUri}?state=other&code=abc`)).status).toBe(400);
    expect((await ask(`${redirectUri}?code=abc`)).status).toBe(400);
    expect((await ask(`${redirectUri}?state=s1&code=abc`, { method: 'POST' })).status).toBe(404);
    expect((await ask(`${redirectUri}?state=s1&code=abc`, { host: `evil.example:${new URL(redirectUri).port}` })).status).toBe(421);
    const page = ask(`${redirectUri}?state=s1&code=right`, { host });
    const answer = await answered;
    expect(answer.url).toContain('code=right');
    answer.reply('');
    expect((await page).status).toBe(200);
  });

  it('takes nothing before it is told which state to wait for, and nothing after it is closed', async () => {
    receiver = await listenOnLoopback();
    expect((await ask(`${receiver.redirectUri}?state=s1&code=abc`)).status).toBe(400);
    receiver.close();
    await expect(ask(`${receiver.redirectUri}?state=s1`)).rejects.toThrow(/ECONNREFUSED/);
  });

  it('says when the port is taken', async () => {
    receiver = await listenOnLoopback();
    await expect(listenOnLoopback(Number(new URL(receiver.redirectUri).port))).rejects.toThrow(/EADDRINUSE/);
  });
});

describe('the way back through the editor', () => {
  it('finds the sign-in by its state, once', async () => {
    const callbacks = new UriCallbacks();
    const [first, second] = [callbacks.receiver('vscode://kubeorch.kubeorch/signed-in'), callbacks.receiver('vscode://kubeorch.kubeorch/signed-in')];
    const [one, two] = [first.answerTo('one'), second.answerTo('two')];
    expect(callbacks.handle({ path: '/signed-in', query: 'state=two&code=2' })).toBe(true);
    expect(callbacks.handle({ path: '/signed-in', query: 'state=two&code=2' })).toBe(false);
    expect(callbacks.handle({ path: '/signed-in', query: 'state=one&code=1' })).toBe(true);
    expect((await one).url).toContain('code=1');
    expect((await two).url).toContain('code=2');
  });

  it('takes no foreign address and none of a sign-in that was given up', () => {
    const callbacks = new UriCallbacks();
    const receiver = callbacks.receiver('vscode://kubeorch.kubeorch/signed-in');
    void receiver.answerTo('one');
    expect(callbacks.handle({ path: '/other', query: 'state=one' })).toBe(false);
    expect(callbacks.handle({ path: '/signed-in', query: 'code=1' })).toBe(false);
    receiver.close();
    expect(callbacks.handle({ path: '/signed-in', query: 'state=one' })).toBe(false);
  });
});
