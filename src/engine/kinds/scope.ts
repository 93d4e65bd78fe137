import { groupOf } from '../../shared/kubeObject';

/**
 * Kinds of Kubernetes 1.36 that live outside of namespaces, as `group/Kind`. Those of the shipped structure are here too; a
 * test holds the list against it and another against the discovery of a real API server.
 */
const clusterScoped: ReadonlySet<string> = new Set([
  ...['/ComponentStatus', '/Namespace', '/Node', '/PersistentVolume'],
  ...['MutatingAdmissionPolicy', 'MutatingAdmissionPolicyBinding', 'MutatingWebhookConfiguration'].map((kind) => `admissionregistration.k8s.io/${kind}`),
  ...['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding', 'ValidatingWebhookConfiguration'].map((kind) => `admissionregistration.k8s.io/${kind}`),
  ...['apiextensions.k8s.io/CustomResourceDefinition', 'apiregistration.k8s.io/APIService'],
  ...['authentication.k8s.io/SelfSubjectReview', 'authentication.k8s.io/TokenReview'],
  ...['SelfSubjectAccessReview', 'SelfSubjectRulesReview', 'SubjectAccessReview'].map((kind) => `authorization.k8s.io/${kind}`),
  ...['certificates.k8s.io/CertificateSigningRequest', 'certificates.k8s.io/ClusterTrustBundle'],
  ...['flowcontrol.apiserver.k8s.io/FlowSchema', 'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration'],
  ...['networking.k8s.io/IPAddress', 'networking.k8s.io/IngressClass', 'networking.k8s.io/ServiceCIDR', 'node.k8s.io/RuntimeClass'],
  ...['rbac.authorization.k8s.io/ClusterRole', 'rbac.authorization.k8s.io/ClusterRoleBinding'],
  ...['resource.k8s.io/DeviceClass', 'resource.k8s.io/DeviceTaintRule', 'resource.k8s.io/ResourceSlice', 'scheduling.k8s.io/PriorityClass'],
  ...['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment', 'VolumeAttributesClass'].map((kind) => `storage.k8s.io/${kind}`),
  ...['storagemigration.k8s.io/StorageVersionMigration'],
]);

/** Whether objects of a kind are in namespaces, as far as Kubernetes itself says so; undefined for what only a cluster knows. */
export function isNamespacedKind(apiVersion: string, kind: string): boolean | undefined {
  return clusterScoped.has(`${groupOf(apiVersion)}/${kind}`) ? false : undefined;
}
