/**
 * Whether a label's value meets a requirement of a label selector, a node selector or a query: the operator and its values as
 * the API has them. `value` is undefined where there is no such label. Nothing meets an operator that is not known.
 */
export function meetsRequirement(operator: unknown, values: readonly unknown[], value: string | undefined): boolean {
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return false;
  }
}
