import type { HostBridge } from '../bridge/hostBridge';
export function startLogs(_root: HTMLElement, _bridge: HostBridge): void {}
