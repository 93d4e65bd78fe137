import type { CommandTable } from '../commands/commands';
import type { OverviewPanel } from './overviewPanel';

export function overviewCommands(overview: OverviewPanel): CommandTable {
  return {
    openOverview: async () => overview.show(),
  };
}
