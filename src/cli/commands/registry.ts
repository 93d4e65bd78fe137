import { Command } from 'commander';
import { RegistryClient } from '../../node/registries/registryClient';
import { imageReference } from '../../shared/imageReference';
import { failure } from '../../shared/problem';
import { oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import type { RegistryOptions } from '../registries';
import { givenLogin, loginSources, withRegistryOptions } from '../registries';

interface Options extends RegistryOptions {
  readonly output: 'text' | 'json';
}

export function registryCommand(run: Run): Command {
  const check = withRegistryOptions(new Command('test'))
    .description('sign in to a registry, to see whether it takes the sign-in')
    .argument('<host>', 'the registry, such as ghcr.io or docker.io')
    .action((host: string, options: RegistryOptions) => run((invocation) => testRegistry(invocation, host, options)));
  const tags = withRegistryOptions(new Command('tags'))
    .description("list an image's tags, or the digest that one of them stands for")
    .argument('<image>', 'such as ghcr.io/acme/web, or with a tag for its digest')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((image: string, options: Options) => run((invocation) => listTags(invocation, image, options)));
  return new Command('registry').description('registries that images are pushed to and pulled from').addCommand(check).addCommand(tags);
}

async function clientOf(): Promise<RegistryClient> {
  const { cleanLine, redactText } = await import('../../kube/index');
  return new RegistryClient({ clean: (text, limit) => cleanLine(redactText(text), limit) });
}

async function testRegistry(invocation: Invocation, host: string, options: RegistryOptions): Promise<ExitCode> {
  const image = imageReference(`${host}/a/a`);
  if (image === undefined) throw failure('registry.invalid', { detail: `"${host}" is no host of a registry` });
  const given = await givenLogin(invocation, image.host, await loginSources(invocation, options));
  const found = await (await clientOf()).check(image.host, given?.login, invocation.signal);
  const words =
    found === 'signed-in'
      ? `connected as ${given?.registry.user ?? ''}`
      : given === undefined
        ? 'connected without a sign-in'
        : 'connected; it asks for no sign-in';
  await invocation.out(`${image.host}: ${words}\n`);
  return exitCodes.done;
}

async function listTags(invocation: Invocation, text: string, options: Options): Promise<ExitCode> {
  const image = imageReference(text);
  if (image === undefined) throw failure('build.badImage', { image: text });
  const client = await clientOf();
  const login = (await givenLogin(invocation, image.host, await loginSources(invocation, options)))?.login;
  if (image.tag === undefined) {
    const tags = await client.tags(image, login, invocation.signal);
    await invocation.out(options.output === 'json' ? `${JSON.stringify({ image: image.name, tags })}\n` : tags.map((tag) => `${tag}\n`).join(''));
    return tags.length === 0 ? exitCodes.failed : exitCodes.done;
  }
  const digest = await client.digest(image, image.tag, login, invocation.signal);
  if (digest === undefined) throw failure('registry.protocol', { host: image.host, detail: `it has no ${image.repository}:${image.tag}` });
  await invocation.out(options.output === 'json' ? `${JSON.stringify({ image: image.name, tag: image.tag, digest })}\n` : `${digest}\n`);
  return exitCodes.done;
}
