/** How well one thing is; `note` is neither good nor bad. */
export type Verdict = 'good' | 'note' | 'bad';

/** One line of the doctor's report. */
export interface Finding {
  readonly verdict: Verdict;
  readonly text: string;
  /** What mends it: a command of the editor and how it is called. */
  readonly fix?: Fix;
}

export interface Fix {
  readonly title: string;
  readonly command: FixCommand;
}

/** The only commands that the report may link to. */
export const fixCommands = [
  'kubeorch.selectTarget',
  'kubeorch.startSandbox',
  'kubeorch.signIn',
  'kubeorch.showOutput',
  'kubeorch.openExample',
  'kubeorch.newWorkflow',
  'workbench.trust.manage',
  'workbench.actions.view.problems',
  'workbench.action.openSettings',
] as const;
export type FixCommand = (typeof fixCommands)[number];

export interface ReportSection {
  readonly title: string;
  readonly findings: readonly Finding[];
}

/**
 * What is said of something with a name of its own: a context, a cluster, a node, a folder. It may be called `by-token`, and before a colon
 * that is the key of a secret to whoever reads the text later, redaction first of all.
 */
export function about(name: string, text: string): string {
  return `${name} – ${text}`;
}

const marks: Readonly<Record<Verdict, string>> = { good: '[ok]  ', note: '[--]  ', bad: '[!!]  ' };

/** The report as text. What can be mended carries `-> title (command:id)` in a line of its own, which the editor turns into a link. */
export function reportText(title: string, sections: readonly ReportSection[]): string {
  const lines = [title, '='.repeat(title.length), ''];
  for (const section of sections) {
    if (section.findings.length === 0) continue;
    lines.push(section.title, '-'.repeat(section.title.length));
    for (const { verdict, text, fix } of section.findings) {
      // What comes from files and clusters stays one line each.
      lines.push(marks[verdict] + text.replaceAll(/\s+/g, ' ').trim());
      if (fix !== undefined) lines.push(`      -> ${fix.title} (command:${fix.command})`);
    }
    lines.push('');
  }
  return lines.join('\n');
}

/** Where the links of a report stand: only whole lines as `reportText` writes them, and only to the commands it may name. */
export function fixLinks(text: string): readonly { readonly line: number; readonly start: number; readonly end: number; readonly command: FixCommand }[] {
  return text.split('\n').flatMap((content, line) => {
    const match = /^ {6}-> (.+) \(command:([\w.]+)\)$/.exec(content);
    const command = fixCommands.find((one) => one === match?.[2]);
    const title = match?.[1];
    return command === undefined || title === undefined ? [] : [{ line, start: 9, end: 9 + title.length, command }];
  });
}
