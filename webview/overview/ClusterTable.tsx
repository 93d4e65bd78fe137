import type { OverviewCluster } from '../../src/shared/overview';
import { bytesText } from '../../src/shared/quantity';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';

const looks: Readonly<Record<OverviewCluster['state'], { readonly tone: string; readonly icon: string; readonly word: string }>> = {
  connected: { tone: 'good', icon: 'circle-filled', word: 'Online' },
  disconnected: { tone: 'bad', icon: 'debug-disconnect', word: 'Offline' },
  error: { tone: 'bad', icon: 'error', word: 'Error' },
  unknown: { tone: 'quiet', icon: 'circle-outline', word: 'Unknown' },
};

/** The clusters that the workspace uses, and what all that answer have together. */
export function ClusterTable({ clusters, onShow }: { readonly clusters: readonly OverviewCluster[]; readonly onShow: (id: string) => void }) {
  const text = useText();
  const telling = clusters.filter(({ state, nodes }) => state === 'connected' && nodes !== undefined);
  return (
    <section className="overview-part">
      <h2>{text('Clusters')}</h2>
      <div className="resource-scroll">
        <table className="overview-clusters">
          <thead>
            <tr>
              <th scope="col">{text('Name')}</th>
              <th scope="col">{text('State')}</th>
              <th scope="col">{text('Version')}</th>
              <th scope="col" className="overview-number">
                {text('Machines')}
              </th>
              <th scope="col" className="overview-number">
                {text('CPU')}
              </th>
              <th scope="col" className="overview-number">
                {text('Memory')}
              </th>
            </tr>
          </thead>
          <tbody>
            {clusters.map(({ id, name, state, detail, version, nodes, cpuMillis, memoryBytes }) => (
              <tr key={id}>
                <th scope="row">
                  <button type="button" className="link-button" onClick={() => onShow(id)}>
                    {name}
                  </button>
                </th>
                <td>
                  <span className="overview-mark" data-tone={looks[state].tone}>
                    <Icon name={looks[state].icon} />
                    {text(looks[state].word)}
                  </span>
                  {detail === undefined ? null : <span className="quiet overview-detail">{detail}</span>}
                </td>
                <td>{version}</td>
                <td className="overview-number">{nodes}</td>
                <td className="overview-number">{cpuMillis === undefined ? '' : cores(cpuMillis)}</td>
                <td className="overview-number">{memoryBytes === undefined ? '' : bytesText(memoryBytes)}</td>
              </tr>
            ))}
          </tbody>
          {telling.length < 2 ? null : (
            <tfoot>
              <tr>
                <th scope="row">{text('Together')}</th>
                <td />
                <td />
                <td className="overview-number">{sum(telling, ({ nodes }) => nodes)}</td>
                <td className="overview-number">{cores(sum(telling, ({ cpuMillis }) => cpuMillis))}</td>
                <td className="overview-number">{bytesText(sum(telling, ({ memoryBytes }) => memoryBytes))}</td>
              </tr>
            </tfoot>
          )}
        </table>
      </div>
    </section>
  );
}

const cores = (millis: number): number => Number((millis / 1000).toFixed(1));

function sum(clusters: readonly OverviewCluster[], of: (cluster: OverviewCluster) => number | undefined): number {
  return clusters.reduce((total, cluster) => total + (of(cluster) ?? 0), 0);
}
