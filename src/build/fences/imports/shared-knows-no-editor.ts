// As src/shared/example.ts
// The contract is plain data and functions.
import type { Uri } from 'vscode';

export type Place = Uri;
