import type { JsonObject } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import type { ScalarTree } from './compose/tree';
import { entriesOf, get, isNull, textOf } from './compose/tree';
import type { ServiceContext } from './composeContext';
import { objectOf, pathOf, tell } from './composeContext';

/**
 * The build section of a service, as the node's own build: what it has of folder, Dockerfile, stage and arguments is carried, the
 * rest is told with the other keys. A source elsewhere than in the workspace is not built here.
 */
export function takeBuild(context: ServiceContext, image: string): void {
  const { ledger, project, service } = context;
  const build = get(context.tree, 'build');
  if (build === undefined) return;
  const source = get(build, 'context');
  const place = textOf(source);
  const folder = place === undefined ? '.' : project.relative(place);
  const reason =
    image === ''
      ? `Service '${service}' uses build context but no image name. You'll need to build and push the image first.`
      : `The image "${image}" is built from "${folder ?? place ?? '.'}". You'll need to build and push the image first.`;
  if (folder === undefined) {
    tell(context, 'changed', build, ['build'], reason, 'Its source is outside of the folder: build it there, push it, and set "image" to it.');
    return;
  }
  const named = image === '' ? 'Set "image" to a name at a registry of yours, then build' : 'Build';
  ledger.tellAt('changed', build.at, pathOf(context, 'build'), reason, `${named} it with "Build Image" on the node, or with kubeorch build.`);
  const args = jsonObject();
  for (const [name, { value }] of entriesOf(get(build, 'args'))) {
    const { secrets } = value as ScalarTree;
    if (secrets !== undefined && secrets.length > 0) {
      const why = `The argument takes the value of ${secrets.join(', ')}, which looks like a secret, and arguments stay visible in the image.`;
      tell(context, 'lost', value, ['build', 'args', name], why, 'Give it to the container when it runs.');
      continue;
    }
    ledger.carry(value);
    if (!isNull(value)) args[name] = textOf(value) ?? '';
  }
  for (const key of ['context', 'dockerfile', 'target']) ledger.carry(get(build, key));
  if (Object.keys(args).length === 0) ledger.carry(get(build, 'args'));
  const settings: JsonObject = objectOf({
    context: folder,
    dockerfile: textOf(get(build, 'dockerfile')),
    target: textOf(get(build, 'target')),
    args: Object.keys(args).length === 0 ? undefined : args,
  }) ?? { context: folder };
  context.data['options'] = { build: settings };
}
