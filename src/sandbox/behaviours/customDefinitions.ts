import { kindOf, type Definition } from '../custom/definitions';
import { sameValue, type KubeObject } from '../objects';
import type { OpenApi } from '../../openapi';
import { withCondition } from './conditions';
import { manager } from './ownedPods';
import { nowText, type Behaviour, type Key, type World } from './world';

/** Serves the kinds that definitions describe, from when they are accepted until the definition goes, which takes all their objects along. */
export class CustomDefinitions implements Behaviour {
  readonly plural = 'customresourcedefinitions';
  readonly #world: World;
  readonly #openApi: OpenApi;

  constructor(world: World, openApi: OpenApi) {
    this.#world = world;
    this.#openApi = openApi;
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    const { registry } = this.#world;
    const { kinds, storage } = registry;
    if (object === undefined) {
      const info = kinds.customOf(key.name);
      if (info !== undefined) for (const one of [...storage.list(info)]) storage.remove(info, one);
      kinds.forgetCustom(key.name);
      return;
    }
    const definition = object as Definition;
    const { names, group, versions } = definition.spec;
    const taken = kinds.all.find(
      (one) => one.group === group && one.custom !== undefined && kinds.customOf(key.name) !== one && (one.plural === names.plural || one.kind === names.kind),
    );
    const now = nowText(this.#world);
    const accepted =
      taken === undefined
        ? ({ type: 'NamesAccepted', status: 'True', reason: 'NoConflicts', message: 'no conflicts found' } as const)
        : ({ type: 'NamesAccepted', status: 'False', reason: 'PluralConflict', message: `"${names.plural}" is already in use` } as const);
    const established =
      taken === undefined
        ? ({ type: 'Established', status: 'True', reason: 'InitialNamesAccepted', message: 'the initial names have been accepted' } as const)
        : ({ type: 'Established', status: 'False', reason: 'NotAccepted', message: 'not all names are accepted' } as const);
    if (taken === undefined) kinds.setCustom(key.name, kindOf(definition, this.#openApi), definition.metadata.generation ?? 1);
    const conditions = withCondition(withCondition(definition.status.conditions ?? [], accepted, now), established, now);
    const storage0 = versions.filter((one) => one.storage).map((one) => one.name);
    const storedVersions = [...new Set([...(definition.status.storedVersions ?? []), ...storage0])];
    const acceptedNames = { ...names, singular: names.singular ?? names.kind.toLowerCase(), listKind: names.listKind ?? `${names.kind}List` };
    const status: Definition['status'] = { conditions, acceptedNames, storedVersions };
    if (!sameValue(status, definition.status)) registry.write(key.info, { ...definition, status }, manager, 'status');
  }
}
