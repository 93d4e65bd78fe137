// The peer: plain React Flow as its documentation teaches it. Nodes are in React's state, their component is memoised, and a status goes
// into the data of its node. It has the same cards, handles, edges, map and controls as ours, as plain as can be.
import { Background, Controls, Handle, MiniMap, Position, ReactFlow, useNodesState } from '@xyflow/react';
import '@xyflow/react/dist/style.css';
import { createElement as h, memo, useEffect } from 'react';
import { createRoot } from 'react-dom/client';

const words = { healthy: 'Healthy', partial: 'Partly healthy', pending: 'Pending', error: 'Error' };

const Card = memo(({ data }) =>
  h(
    'div',
    { className: 'plain-card' },
    h(Handle, { type: 'target', position: Position.Left }),
    h('div', { className: 'plain-title' }, h('span', null, data.name), h('span', null, data.kind)),
    data.rows.map((row) => h('div', { key: row.label }, h('span', null, row.label), ' ', h('span', null, row.value))),
    h(
      'div',
      { className: 'plain-status' },
      h('span', { className: 'status-label' }, data.status === undefined ? '' : words[data.status.state]),
      ' ',
      h('span', { className: 'status-pods' }, data.status === undefined ? '' : `${data.status.ready}/${data.status.desired}`),
    ),
    h(Handle, { type: 'source', position: Position.Right }),
  ),
);
Card.displayName = 'Card';
const nodeTypes = { card: Card };

const { nodes: firstNodes, edges } = window.kubeorchPlain;

function Flow() {
  const [nodes, setNodes, onNodesChange] = useNodesState(firstNodes);
  useEffect(() => {
    window.kubeorchSink = ({ id, status }) => {
      setNodes((before) => before.map((node) => (node.id === id ? { ...node, data: { ...node.data, status } } : node)));
    };
  }, [setNodes]);
  return h(
    ReactFlow,
    { nodes, edges, nodeTypes, onNodesChange, fitView: true, minZoom: 0.05, maxZoom: 2, panOnScroll: true },
    h(Background, null),
    h(Controls, null),
    h(MiniMap, null),
  );
}

createRoot(document.getElementById('root')).render(h(Flow));
