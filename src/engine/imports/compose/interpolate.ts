import { failure } from '../../../shared/problem';
import { invalid, refused } from './composeFailure';
import { isSensitive } from '../sensitive';
import type { Tree } from './tree';
import { PathTable, scalar } from './tree';

/** The value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined;

/** Called for each variable that is used with neither a value nor a default. */
export type Unset = (name: string) => void;

const name = /^[_a-zA-Z][_a-zA-Z0-9]*/;
/** How deep defaults may stand in one another. */
const maxNesting = 50;
/** Longest text that variables may make of one value: nested defaults can repeat one another. */
const maxResult = 1_000_000;

/**
 * Puts variables into a text: `$NAME`, `${NAME}`, `${NAME:-default}`, `-`, `:?`, `?`, `:+`, `+`, each nested as deep as wanted, and `$$`.
 * @throws ProblemError `compose.template` for a broken one, `compose.required` for a required variable without a value
 */
export function substituteText(text: string, lookup: Lookup, unset?: Unset, depth = 0): string {
  if (!text.includes('$')) return text;
  if (depth > maxNesting) throw failure('compose.template', { detail: `defaults stand in one another more than ${maxNesting} deep` });
  let made = '';
  let rest = text;
  for (;;) {
    const dollar = rest.indexOf('$');
    if (dollar < 0) return made + rest;
    made += rest.slice(0, dollar);
    if (made.length > maxResult) throw failure('compose.template', { detail: 'its variables make it too long' });
    rest = rest.slice(dollar + 1);
    if (rest.startsWith('$')) {
      made += '$';
      rest = rest.slice(1);
      continue;
    }
    const plain = name.exec(rest)?.[0];
    if (plain !== undefined) {
      const value = lookup(plain);
      if (value === undefined) unset?.(plain);
      made += value ?? '';
      rest = rest.slice(plain.length);
      continue;
    }
    const end = rest.startsWith('{') ? closingBrace(rest) : -1;
    if (end < 0) throw failure('compose.template', { detail: `"$${rest.slice(0, 20)}" is no variable: write "$$" for a dollar` });
    made += braced(rest.slice(1, end), lookup, unset, depth);
    rest = rest.slice(end + 1);
  }
}

function closingBrace(text: string): number {
  let depth = 0;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === '}') {
      depth -= 1;
      if (depth === 0) return index;
    }
    if (text[index] === '{') {
      depth += 1;
      index += 1;
    }
  }
  // Compose takes the last brace of the line when they do not come out even, as in `${X:-{}}`.
  return text.slice(0, (text.indexOf('\n') + 1 || text.length + 1) - 1).lastIndexOf('}');
}

function braced(inside: string, lookup: Lookup, unset: Unset | undefined, depth: number): string {
  const variable = name.exec(inside)?.[0] ?? '';
  const rest = inside.slice(variable.length);
  const operator = /^:?[-?+]/.exec(rest)?.[0];
  if (variable === '' || (rest !== '' && operator === undefined)) throw failure('compose.template', { detail: `"\${${inside.slice(0, 40)}}" is no variable` });
  const value = lookup(variable);
  if (operator === undefined) {
    if (value === undefined) unset?.(variable);
    return value ?? '';
  }
  const word = rest.slice(operator.length);
  const isThere = value !== undefined && (!operator.startsWith(':') || value !== '');
  if (operator.endsWith('+')) return isThere ? substituteText(word, lookup, unset, depth + 1) : (value ?? '');
  if (isThere) return value;
  if (operator.endsWith('-')) return substituteText(word, lookup, unset, depth + 1);
  throw failure('compose.required', { name: variable, detail: substituteText(word, lookup, unset, depth + 1) });
}

type Cast = (text: string) => number | boolean | undefined;
const toInt: Cast = (text) => (/^[-+]?\d+$/.test(text) ? Number(text) : undefined);
const toFloat: Cast = (text) => (text.trim() === text && text !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined);
const toUmask: Cast = (text) => (/^0[0-7]+$/.test(text) ? parseInt(text, 8) : /^0o[0-7]+$/.test(text) ? parseInt(text.slice(2), 8) : toInt(text));
/** The booleans of YAML 1.1, which compose still takes in texts. */
export const toBoolean: Cast = (text) => (/^(?:true|y|yes|on)$/i.test(text) ? true : /^(?:false|n|no|off)$/i.test(text) ? false : undefined);

const containers = ['services.*', 'jobs.*', 'services.*.pre_start.*'];
const workloads = ['services.*', 'jobs.*'];
const rows = (prefixes: readonly string[], cast: Cast, ...keys: readonly string[]): readonly (readonly [string, Cast])[] =>
  prefixes.flatMap((prefix) => keys.map((key) => [prefix === '' ? key : `${prefix}.${key}`, cast] as const));

/** Where compose wants a number or a boolean and takes a text for it. */
const casts = new PathTable<Cast>([
  ...rows(['networks.*'], toBoolean, 'external', 'internal', 'attachable', 'enable_ipv4', 'enable_ipv6'),
  ...rows(['volumes.*', 'secrets.*', 'configs.*'], toBoolean, 'external'),
  ...rows(containers, toInt, 'cpu_count', 'cpu_period', 'cpu_quota', 'cpu_rt_period', 'cpu_rt_runtime', 'cpu_shares', 'oom_score_adj', 'pids_limit'),
  ...rows(containers, toInt, 'ulimits.*', 'ulimits.*.hard', 'ulimits.*.soft'),
  ...rows(containers, toFloat, 'cpu_percent', 'cpus'),
  ...rows(containers, toBoolean, 'init', 'networks.*.use_service_name_alias', 'oom_kill_disable', 'privileged', 'read_only'),
  ...rows(containers, toBoolean, 'volumes.[].read_only', 'volumes.[].volume.nocopy'),
  ...rows(containers, toUmask, 'umask'),
  ...rows(workloads, toBoolean, 'depends_on.*.required', 'depends_on.*.restart', 'healthcheck.disable', 'stdin_open', 'tty'),
  ...rows(workloads, toInt, 'healthcheck.retries', 'ports.[].target'),
  ...rows(['services.*'], toInt, 'deploy.replicas', 'deploy.update_config.parallelism', 'deploy.rollback_config.parallelism', 'scale'),
  ...rows(['services.*'], toInt, 'deploy.restart_policy.max_attempts', 'deploy.placement.max_replicas_per_node'),
  ...rows(['services.*'], toFloat, 'deploy.update_config.max_failure_ratio', 'deploy.rollback_config.max_failure_ratio'),
]);

/** Puts variables into every text of a tree and makes numbers and booleans of texts where compose does. */
export function interpolateTree(tree: Tree, lookup: Lookup, unset: Unset, path: readonly string[] = []): Tree {
  if (tree.kind === 'map') {
    for (const [key, entry] of tree.entries) entry.value = interpolateTree(entry.value, lookup, unset, [...path, key]);
    return tree;
  }
  if (tree.kind === 'list') {
    tree.items = tree.items.map((item) => interpolateTree(item, lookup, unset, [...path, '[]']));
    return tree;
  }
  if (typeof tree.value !== 'string') return tree;
  const cast = casts.find(path);
  if (cast === undefined && !tree.value.includes('$')) return tree;
  const secrets = new Set<string>();
  let text: string;
  try {
    text = substituteText(
      tree.value,
      (variable) => {
        const value = lookup(variable);
        if (value !== undefined && value !== '' && isSensitive(variable, value)) secrets.add(variable);
        return value;
      },
      unset,
    );
  } catch (error) {
    if (error instanceof Error && 'problem' in error) {
      const { code, args } = error.problem as { readonly code: 'compose.template' | 'compose.required'; readonly args: Readonly<Record<string, string>> };
      throw refused(code === 'compose.required' ? 'compose.requiredAt' : 'compose.templateAt', tree.at, { path: path.join('.'), ...args });
    }
    throw error;
  }
  if (cast !== undefined) {
    const value = cast(text);
    if (value === undefined)
      throw invalid(tree.at, `${path.join('.')} must be ${cast === toBoolean ? 'true or false' : 'a number'}, not "${secrets.size > 0 ? '…' : text}"`);
    return scalar(value, tree.at);
  }
  if (secrets.size === 0) return scalar(text, tree.at);
  const masked = substituteText(tree.value, (variable) => (secrets.has(variable) ? `$(${variable})` : lookup(variable)));
  return { kind: 'scalar', at: tree.at, value: text, masked, secrets: [...secrets] };
}
