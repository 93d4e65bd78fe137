// The floor for a client that speaks JSON: the same bytes over the same kind of connection, each line parsed and dropped.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

const [path, , namespace, , countText] = process.argv.slice(2);
const { clusters, users } = JSON.parse(readFileSync(path, 'utf8'));
const wanted = Number(countText);
const options = { ca: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64'), headers: { authorization: `Bearer ${users[0].user.token}` } };
let rest = '';
let events = 0;
let first = 0;
let cpuFirst = process.cpuUsage();
request(`${clusters[0].cluster.server}/api/v1/namespaces/${namespace}/pods?watch=true&resourceVersion=1000000`, options, (response) => {
  response.setEncoding('utf8');
  response.on('data', (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    for (const line of lines) {
      JSON.parse(line);
      if (events === 0) {
        first = performance.now();
        cpuFirst = process.cpuUsage();
      }
      if (++events === wanted) {
        const cpu = process.cpuUsage(cpuFirst);
        console.log(JSON.stringify({ eventsMs: performance.now() - first, cpuMs: (cpu.user + cpu.system) / 1000 }));
        process.exit(0);
      }
    }
  });
}).end();
