/** A sound workflow of so many nodes: workloads, Services, ConfigMaps, jobs and objects written out, about 1 KB each, with edges and positions. */
export function largeWorkflow(nodes: number): string {
  const lines = ['apiVersion: kubeorch.dev/v1alpha1', 'kind: Workflow', 'name: large', 'namespace: shop', 'nodes:'];
  const edges: string[] = [];
  const layout: string[] = [];
  const many = (count: number, line: (index: number) => string): readonly string[] => Array.from({ length: count }, (_, index) => line(index));
  for (let index = 0; index < nodes; index += 1) {
    const group = Math.floor(index / 5);
    const ids = [`web-${group}`, `web-${group}-svc`, `web-${group}-conf`, `cron-${group}`, `raw-${group}`] as const;
    const [web, service, config, job, raw] = ids;
    switch (index % 5) {
      case 0:
        lines.push(`  ${web}:`, '    type: deployment', `    image: ghcr.io/acme/web:1.${group}`, '    replicas: 3', '    port: 8080', '    env:');
        lines.push(...many(16, (at) => `      SETTING_${at}: value number ${at} of the web server ${group}`));
        lines.push('    resources:', '      requests: { cpu: 100m, memory: 128Mi }', '      limits: { cpu: "1", memory: 512Mi }');
        lines.push('    patch:', '      spec:', '        minReadySeconds: 5', '        template: { spec: { terminationGracePeriodSeconds: 30 } }');
        break;
      case 1:
        lines.push(`  ${service}:`, '    type: service', '    port: 80', '    labels:', `      tier: front-${group}`);
        edges.push(`  - ${service} -> ${web}`);
        break;
      case 2:
        lines.push(`  ${config}:`, '    type: configmap', '    data:');
        for (let at = 0; at < 12; at += 1)
          lines.push(`      key-${at}.properties: |`, `        color=blue-${at}`, `        shape=round-${group}`, '        size=12');
        edges.push(`  - ${config} -> ${web}`);
        break;
      case 3:
        lines.push(`  ${job}:`, '    type: cronjob', `    image: ghcr.io/acme/cron:1.${group}`, '    schedule: "*/5 * * * *"', '    env:');
        lines.push(...many(16, (at) => `      CRON_${at}: some rather long value of the job ${at} ${group}`));
        break;
      default:
        lines.push(
          `  ${raw}:`,
          '    type: manifest',
          '    manifest:',
          '      apiVersion: v1',
          '      kind: ConfigMap',
          '      metadata:',
          `        name: ${raw}`,
        );
        lines.push('        annotations:', ...many(12, (at) => `          acme.com/a-${at}: "${'x'.repeat(60)}"`));
        lines.push('      data:', ...many(12, (at) => `        entry-${at}: "${'y'.repeat(50)}"`));
    }
    layout.push(`  ${ids[index % 5] ?? web}: [${(index % 40) * 200}, ${Math.floor(index / 40) * 120}]`);
  }
  return [...lines, 'edges:', ...edges, 'layout:', ...layout, ''].join('\n');
}
