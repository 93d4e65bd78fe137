#!/usr/bin/env node
// Stands before the bundle so that an old Node answers with a sentence instead of a syntax error: no imports, old syntax.
var least = [22, 19];
var present = process.versions.node.split('.').map(Number);
if (present[0] < least[0] || (present[0] === least[0] && present[1] < least[1])) {
  console.error('kubeorch needs Node ' + least.join('.') + ' or newer; this is Node ' + process.versions.node + ' (' + process.execPath + ').');
  console.error('Install a newer Node (https://nodejs.org) or run "npm start" in a clone, which brings its own.');
  process.exitCode = 2;
} else {
  import('./cli.js').catch(function (error) {
    console.error('kubeorch: its program (cli.js) cannot be loaded: ' + (error && error.message ? error.message : error));
    process.exitCode = 1;
  });
}
