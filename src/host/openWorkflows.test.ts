import type * as vscode from 'vscode';
import { describe, expect, it } from 'vitest';
import { Emitter } from '../shared/emitter';
import type { WorkflowDocument } from './documents';
import type { MadeWorkflow } from './openWorkflows';
import { OpenWorkflows } from './openWorkflows';

interface Rig {
  readonly workflows: OpenWorkflows;
  readonly told: string[];
  readonly closed: Emitter<WorkflowDocument>;
  /** The last journal line of this workflow's run is on disk. */
  readonly written: (name: string) => void;
}

function rig(): Rig {
  const told: string[] = [];
  const closed = new Emitter<WorkflowDocument>(() => undefined);
  const opened = new Map<string, WorkflowDocument>();
  const writes = new Map<string, () => void>();
  const documents = {
    onDidClose: closed.on,
    of: (document: vscode.TextDocument): Promise<WorkflowDocument> => {
      const name = document.uri.toString();
      const open = opened.get(name) ?? ({ document } as WorkflowDocument);
      opened.set(name, open);
      return Promise.resolve(open);
    },
  };
  const make = (open: WorkflowDocument, key: string): MadeWorkflow => {
    const name = open.document.uri.toString();
    told.push(`${name} is published as ${key}`);
    const ended = new Promise<void>((resolve) => writes.set(name, resolve));
    const live = { dispose: () => told.push(`${name}: watches end`) };
    const runs = {
      cancelAll: () => told.push(`${name}: cancelled`),
      ended: () => ended,
      dispose: () => told.push(`${name}: runs end`),
      takeOver: () => told.push(`${name}: took over`),
    };
    return { live, runs, publishing: { dispose: () => told.push(`${name}: publishing ends`) } } as unknown as MadeWorkflow;
  };
  return { workflows: new OpenWorkflows(documents, make), told, closed, written: (name) => writes.get(name)?.() };
}

const textOf = (name: string): vscode.TextDocument => ({ uri: { toString: () => name } }) as unknown as vscode.TextDocument;

describe('Open workflows', () => {
  it('are made once for each document and published under its address', async () => {
    const { workflows, told } = rig();
    const [first, second] = await Promise.all([workflows.of(textOf('file:///a')), workflows.of(textOf('file:///a'))]);
    expect(first).toBe(second);
    expect(first.key).toBe('workflow:file:///a');
    expect(told).toEqual(['file:///a is published as workflow:file:///a']);
  });

  it('stop watching at once, and end only when the last line of every run is written', async () => {
    const { workflows, told, written } = rig();
    await workflows.of(textOf('a'));
    await workflows.of(textOf('b'));
    told.length = 0;
    workflows.stopWatching();
    expect(told).toEqual(['a: watches end', 'b: watches end']);
    let ended = false;
    const ending = workflows.endRuns().then(() => (ended = true));
    written('a');
    await Promise.resolve();
    expect(told.slice(2)).toEqual(['a: cancelled', 'b: cancelled']);
    expect(ended).toBe(false);
    written('b');
    await ending;
    expect(told.slice(4)).toEqual(['a: publishing ends', 'a: runs end', 'b: publishing ends', 'b: runs end']);
    expect([...workflows.all]).toEqual([]);
  });

  it('whose document was closed keep their run until it has ended, also through the end of the extension', async () => {
    const { workflows, told, closed, written } = rig();
    const { open } = await workflows.of(textOf('a'));
    told.length = 0;
    closed.emit(open);
    expect(told).toEqual(['a: watches end', 'a: publishing ends']);
    let ended = false;
    const ending = workflows.endRuns().then(() => (ended = true));
    await Promise.resolve();
    expect([ended, told.includes('a: cancelled')]).toEqual([false, true]);
    written('a');
    await ending;
    expect(told).toContain('a: runs end');
  });
});
