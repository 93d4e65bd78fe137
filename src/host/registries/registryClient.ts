import { RegistryClient } from '../../node/registries/registryClient';
import { loadKube } from '../rooms';

/** Asks registries; what they say passes the door of hostile text. */
export async function registryClient(): Promise<RegistryClient> {
  const { cleanLine, redactText } = await loadKube();
  return new RegistryClient({ clean: (text, limit) => cleanLine(redactText(text), limit) });
}
