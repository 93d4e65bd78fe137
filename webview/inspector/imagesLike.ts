/** Images that what is typed may become: with the colon behind a name its tags are asked for, and those that begin as the typed one are kept. */
export async function imagesLike(typed: string, tagsOf: (image: string) => Promise<readonly string[]>): Promise<readonly string[]> {
  const [, image, begun = ''] = /^([^\s"'#@]+):([\w.-]*)$/.exec(typed) ?? [];
  if (image === undefined) return [];
  const tags = await tagsOf(image);
  // Registries sort by name; what comes last by that is most often the newest.
  return tags
    .filter((tag) => tag.startsWith(begun))
    .toReversed()
    .map((tag) => `${image}:${tag}`);
}
