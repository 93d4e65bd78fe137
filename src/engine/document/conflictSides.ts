/** The two whole texts that a text with merge conflicts stands for, and what git calls each of them. */
export interface ConflictSides {
  readonly ours: string;
  readonly theirs: string;
  /** What stands behind the first and the last marker, such as `HEAD` and a branch; empty when nothing does. */
  readonly ourName: string;
  readonly theirName: string;
  readonly conflicts: number;
}

/** Both sides of a text with conflict markers; undefined when there is none, or when the markers do not go together. */
export function conflictSides(text: string): ConflictSides | undefined {
  // Nearly every text has none, and is not looked at line by line.
  if (!text.includes('<<<<<<<')) return undefined;
  const ours: string[] = [];
  const theirs: string[] = [];
  let [ourName, theirName] = ['', ''];
  let at: 'both' | 'ours' | 'base' | 'theirs' = 'both';
  let conflicts = 0;
  for (const [line] of text.matchAll(/[^\n]*(?:\n|$)/g)) {
    const found = /^(<{7}|\|{7}|={7}|>{7})(?: ([^\r\n]*)|\r?\n|\r?$)/.exec(line);
    const mark = found?.[1]?.[0];
    if (mark === '<' && at === 'both') {
      at = 'ours';
      ourName ||= found?.[2] ?? '';
    } else if (mark === '|' && at === 'ours') at = 'base';
    else if (mark === '=' && (at === 'ours' || at === 'base')) at = 'theirs';
    else if (mark === '>' && at === 'theirs') {
      at = 'both';
      theirName ||= found?.[2] ?? '';
      conflicts += 1;
    } else if (mark !== undefined) return undefined;
    else {
      if (at === 'both' || at === 'ours') ours.push(line);
      if (at === 'both' || at === 'theirs') theirs.push(line);
    }
  }
  return conflicts > 0 && at === 'both' ? { ours: ours.join(''), theirs: theirs.join(''), ourName, theirName, conflicts } : undefined;
}
