import { failure } from '../../../shared/problem';

/** Where a repository is, as a person's address says it. */
export interface RepositoryPlace {
  /** What git is given: https, ssh, or `user@host:path`. */
  readonly url: string;
  readonly branch?: string;
  /** A folder in it. */
  readonly folder?: string;
  /** The repository's own name. */
  readonly name: string;
}

/** Whether a text is meant as an address rather than as a folder. */
export function isRepositoryUrl(text: string): boolean {
  return text.includes('://') || text.includes('::') || /^[^/\\\s]+@[^/\\\s:]+:/.test(text);
}

/**
 * Reads an address: of GitHub and GitLab as the browser shows it (`/tree/<branch>/<folder>`, `/blob/…` of a file), else one that ends in
 * `.git`, or ssh. Only https and ssh are taken: every other way of git can start programs or read this machine's files.
 * @throws ProblemError `import.invalidUrl`, `import.passwordInUrl`
 */
export function repositoryPlace(text: string): RepositoryPlace {
  const refuse = (detail: string): Error => failure('import.invalidUrl', { detail });
  // eslint-disable-next-line no-control-regex -- what no address has is exactly what is looked for
  if (text.length > 2000 || /[\u0000-\u0020\u007f-\u009f\\]/.test(text)) throw refuse('it has characters that no address has');
  const ssh = /^([A-Za-z0-9._]+[A-Za-z0-9._-]*)@([A-Za-z0-9][A-Za-z0-9.-]*):(?!\/\/)([^:]+)$/.exec(text);
  if (ssh !== null) return { url: text, name: nameOf(ssh[3] ?? '') };
  const address = /^([a-z][a-z0-9+.-]*):\/\/(?:([^/@]*)@)?([A-Za-z0-9][A-Za-z0-9.-]*(?::\d+)?)(\/[^?#]*)(?:[?#].*)?$/i.exec(text);
  if (address === null) throw refuse('it is no address of a repository: use https://host/owner/name.git or git@host:owner/name.git');
  const [, scheme = '', user, host = '', path = ''] = address;
  if (!['https', 'ssh'].includes(scheme.toLowerCase())) throw refuse(`"${scheme}" is not allowed: use https or ssh`);
  if (user?.includes(':') === true) throw failure('import.passwordInUrl');
  if (user !== undefined && !/^[A-Za-z0-9._]+[A-Za-z0-9._-]*$/.test(user)) throw refuse('its user is no name');
  const parts = path.split('/').filter((part) => part !== '');
  if (parts.some((part) => part === '..' || part === '.' || part.startsWith('-'))) throw refuse('it leads elsewhere than to a repository');
  const at = parts.findIndex((part, index) => index >= 2 && (part === 'tree' || part === 'blob'));
  const isForge = /(?:^|[.-])git(?:hub|lab)\b/i.test(host);
  if (scheme.toLowerCase() === 'https' && isForge && at > 0) {
    const branch = parts[at + 1];
    const inside = parts[at] === 'blob' ? parts.slice(at + 2, -1) : parts.slice(at + 2);
    const owner = parts.slice(0, parts[at - 1] === undefined ? 0 : at).filter((part) => !part.startsWith('-'));
    const folder = inside.map(decoded).join('/');
    if (branch === undefined) throw refuse('it names no branch');
    return {
      url: `https://${host}/${owner.join('/')}.git`,
      branch: branchOf(decoded(branch)),
      ...(folder === '' ? {} : { folder: folderOf(folder) }),
      name: nameOf(owner.at(-1) ?? ''),
    };
  }
  if (parts.length < 1 || (isForge && parts.length < 2)) throw refuse('it names no repository');
  if (scheme.toLowerCase() === 'https' && !isForge && !path.endsWith('.git')) throw refuse('it has to end in .git, so that it is known to be a repository');
  return { url: `${scheme.toLowerCase()}://${user === undefined ? '' : `${user}@`}${host}/${parts.join('/')}`, name: nameOf(parts.at(-1) ?? '') };
}

/** A branch or tag as git may be given it. @throws ProblemError `import.invalidUrl` */
export function branchOf(text: string): string {
  if (!/^[A-Za-z0-9_][\w./+@-]*$/.test(text) || text.includes('..') || text.includes('@{') || text.endsWith('.lock'))
    throw failure('import.invalidUrl', { detail: `"${text.slice(0, 100)}" is no name of a branch` });
  return text;
}

/** A folder below the root. @throws ProblemError `import.invalidUrl` */
export function folderOf(text: string): string {
  const parts = text.split(/[/\\]/).filter((part) => part !== '' && part !== '.');
  if (parts.includes('..') || parts.includes('.git') || /^(?:[/\\]|[A-Za-z]:)/.test(text))
    throw failure('import.invalidUrl', { detail: 'the folder is outside of the repository' });
  return parts.join('/');
}

function decoded(part: string): string {
  return part.replaceAll(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.git$/, '');
}
