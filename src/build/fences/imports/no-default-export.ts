// As src/kube/example.ts
// A thing has one name everywhere.
export default function example(): void {}
