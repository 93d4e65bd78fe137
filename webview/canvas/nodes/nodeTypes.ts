import type { NodeProps } from '@xyflow/react';
import type { ComponentType } from 'react';
import type { CardFamily, FlowNode } from '../toFlow';
import { GroupNode } from '../groups/GroupNode';
import { ConfigurationNode } from './ConfigurationNode';
import { GateNode } from './GateNode';
import { GeneralNode } from './GeneralNode';
import { IngressNode } from './IngressNode';
import { PolicyNode } from './PolicyNode';
import { ServiceNode } from './ServiceNode';
import { WorkloadNode } from './WorkloadNode';

/** One object for the life of the page: with another one React Flow mounts every node anew. */
export const nodeTypes: Readonly<Record<CardFamily, ComponentType<NodeProps<FlowNode>>>> = {
  workload: WorkloadNode,
  service: ServiceNode,
  ingress: IngressNode,
  configuration: ConfigurationNode,
  policy: PolicyNode,
  gate: GateNode,
  general: GeneralNode,
  group: GroupNode,
};
