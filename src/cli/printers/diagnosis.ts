import type { JudgedCheck } from '../../engine/index';
import type { CheckStatus, NodeDiagnosis } from '../../shared/diagnosis';
import { diagnosisText, overallStatus, suggestionText } from '../../shared/diagnosis';
import { fillSentence, fixSentences } from '../../shared/problem';
import { coloured, plainLine } from './plainText';

/** One node with its hops. */
export interface Diagnosed {
  readonly id: string;
  readonly diagnosis: NodeDiagnosis;
  readonly checks: readonly JudgedCheck[];
}

const signs = { pass: '✓', warning: '!', error: '✗', unknown: '?' } as const satisfies Record<CheckStatus, string>;
const styles = { pass: 'green', warning: 'yellow', error: 'red', unknown: 'dim' } as const satisfies Record<CheckStatus, string>;

/** Each node with its hops below it, what to do about one that does not hold, and what the file could say instead. */
export function diagnosisTexts(rows: readonly Diagnosed[], colours: boolean): string {
  return rows
    .map(({ id, diagnosis, checks }) => {
      const lines = checks.flatMap((check) => {
        const advice = suggestionText(check);
        const fix = check.fix === undefined || check.status === 'pass' ? undefined : fillSentence(fixSentences[check.fix.code], check.fix.args);
        return [
          `  ${coloured(colours, styles[check.status], signs[check.status])} ${plainLine(diagnosisText(check))}`,
          ...(advice === undefined ? [] : [`    ${plainLine(advice)}`]),
          ...(fix === undefined ? [] : [`    ${coloured(colours, 'dim', plainLine(`Fix in the file (${check.fix?.fixType ?? ''}): ${fix}`))}`]),
        ];
      });
      return `${coloured(colours, 'bold', plainLine(id))}  ${plainLine(diagnosis.kind)} ${plainLine(diagnosis.name)}  ${overallStatus(checks)}\n${lines.join('\n')}\n`;
    })
    .join('');
}

/** The published form of a diagnosis. */
export function diagnosisJson(rows: readonly Diagnosed[], timestamp: string): readonly object[] {
  return rows.map(({ id, diagnosis: { kind, name, namespace }, checks }) => ({
    id,
    kind,
    namespace,
    name,
    ...(kind === 'Service' ? { serviceName: name } : {}),
    overallStatus: overallStatus(checks),
    checks: checks.map((check) => {
      const suggestion = suggestionText(check);
      return {
        name: check.name,
        status: check.status,
        code: check.code,
        message: diagnosisText(check),
        ...(suggestion === undefined ? {} : { suggestion }),
        node: check.nodeId,
        autoFixable: check.autoFixable,
        ...(check.fixType === undefined ? {} : { fixType: check.fixType }),
      };
    }),
    timestamp,
  }));
}
