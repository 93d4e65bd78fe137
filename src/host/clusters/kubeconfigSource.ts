import type * as vscode from 'vscode';
import { settings } from '../settings';

/** The kubeconfig that a folder's settings name; without one the KUBECONFIG list or the default file counts. */
export function kubeconfigSource(folder: vscode.Uri | undefined): { readonly path?: string } {
  const path = settings.kubeconfig(folder);
  return path === '' ? {} : { path };
}
