/** The one node of the sandbox. */
export const nodeName = 'sandbox';
export const nodeAddress = '172.31.0.2';

/** Provisioner of the default storage class, and controller of the default ingress class. */
export const sandboxProvisioner = 'sandbox.kubeorch.dev/memory';
export const sandboxIngressController = 'sandbox.kubeorch.dev/ingress';
