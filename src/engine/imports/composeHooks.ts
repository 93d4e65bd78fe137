import type { JsonValue } from '../../shared/json';
import type { ScalarTree, Tree } from './compose/tree';
import { get, itemsOf, textOf } from './compose/tree';
import type { ServiceContext } from './composeContext';
import { objectOf, setFields, tell, tellAt } from './composeContext';

/** What runs in the container after its start and before its end. Kubernetes has one command for each; several become a line of a shell. */
export function takeHooks(context: ServiceContext): void {
  const handlers = {
    postStart: handlerOf(context, 'post_start', 'A container whose hook fails is restarted, and it is not ready before the hook has ended.'),
    preStop: handlerOf(context, 'pre_stop', 'It runs within the time that a container has to end (stop_grace_period).'),
  };
  setFields(context.data, { lifecycle: objectOf(handlers) });
}

function handlerOf(context: ServiceContext, key: 'post_start' | 'pre_stop', meaning: string): JsonValue | undefined {
  const commands: (readonly string[])[] = [];
  const list = get(context.tree, key);
  for (const [index, hook] of itemsOf(list).entries()) {
    const keys = [key, String(index)];
    const command = get(hook, 'command');
    const words = itemsOf(command);
    if (command === undefined || words.length === 0) continue;
    if (words.some((word) => (word as ScalarTree).secrets !== undefined)) {
      tell(
        context,
        'lost',
        command,
        [...keys, 'command'],
        'It holds a secret, and hooks are read by many.',
        'Read it from a variable in a script of the image.',
      );
      continue;
    }
    context.ledger.carry(command);
    commands.push(words.map((word) => textOf(word) ?? ''));
    if (isSame(get(hook, 'working_dir'), get(context.tree, 'working_dir'))) context.ledger.carry(get(hook, 'working_dir'));
    if (isSame(get(hook, 'user'), get(context.tree, 'user'))) context.ledger.carry(get(hook, 'user'));
  }
  const [first] = commands;
  if (list === undefined || first === undefined) return undefined;
  const shell = commands.length > 1 ? ' Several commands need a shell in the image.' : '';
  tellAt(context, 'changed', list.at, [key], meaning + shell, 'Look whether the hook may take its time, or fail.');
  const command = commands.length === 1 ? [...first] : ['/bin/sh', '-c', commands.map((words) => words.map(quoted).join(' ')).join(' && ')];
  return { exec: { command } };
}

function isSame(a: Tree | undefined, b: Tree | undefined): boolean {
  return a !== undefined && textOf(a) === textOf(b);
}

/** A word as a shell takes it for one. */
function quoted(word: string): string {
  return /^[A-Za-z0-9_./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
