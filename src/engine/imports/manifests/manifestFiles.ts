import { failure } from '../../../shared/problem';
import type { Files } from '../../ports';
import type { ManifestText } from './readManifests';

/** Most files of a folder that are read, and how deep folders may lie in one another. */
const maxFiles = 5000;
const maxDepth = 20;

/**
 * What is in the YAML and JSON files below a folder, under the names by which a person knows them. What cannot be read, as a link that leads out, is
 * among them with the reason.
 * @throws ProblemError `import.tooManyFiles`
 */
export async function manifestTextsBelow(
  files: Pick<Files, 'read' | 'list'>,
  folder: string,
  shown: (path: string) => string,
): Promise<readonly ManifestText[]> {
  const texts: ManifestText[] = [];
  const look = async (at: string, depth: number): Promise<void> => {
    for (const { name, folder: isFolder } of await files.list(at === '' ? '.' : at)) {
      const inside = at === '' ? name : `${at}/${name}`;
      if (isFolder && depth < maxDepth && !name.startsWith('.') && name !== 'node_modules') await look(inside, depth + 1);
      if (isFolder || !/\.(?:ya?ml|json)$/i.test(name)) continue;
      if (texts.length >= maxFiles) throw failure('import.tooManyFiles', { folder, limit: String(maxFiles) });
      texts.push(await manifestTextOf(files, inside, shown(inside)));
    }
  };
  await look('', 0);
  return texts;
}

/** What is in one file, or why it cannot be read. */
export async function manifestTextOf(files: Pick<Files, 'read'>, path: string, file: string): Promise<ManifestText> {
  try {
    const text = await files.read(path);
    return text === undefined ? { file, text: '', unreadable: 'there is no such file.' } : { file, text };
  } catch (error) {
    // The port refuses links that lead out of the folder, what is no file, and what is too large.
    return { file, text: '', unreadable: error instanceof Error ? error.message : String(error) };
  }
}
