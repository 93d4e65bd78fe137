/** Cases in which the offline validator and a real API server say different things, each with the reason. */
export const validationDisagreements: Readonly<Record<string, string>> = {
  'deployment: spec.template.spec.containers.0.ports = [{"containerPort":80},{"containerPort":80}]':
    'A create takes ports that stand there twice. Server-side apply, which is how KubeOrch writes, refuses them, so the validator does too.',
  'autoscaler: spec.behavior.scaleDown.policies = []':
    'The API server tells an empty list of policies from an absent one, which it fills in. The validator reads both as absent.',
};

/** The same for the sandbox. */
export const sandboxDisagreements: Readonly<Record<string, string>> = {
  'node port service: spec.ports.0.nodePort = 80':
    'In a dry-run the API server allocates no ports and so does not look at their range; the write itself is refused. The sandbox refuses both.',
  'autoscaler: spec.behavior.scaleDown.policies = []':
    'The API server tells an empty list of policies from an absent one, which it fills in. The sandbox reads both as absent.',
};
