/** The one node of the sandbox. */
export const nodeName = 'sandbox';
export const nodeAddress = '172.31.0.2';
