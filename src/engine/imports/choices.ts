import type { ImportChoice, ImportChoices } from '../../shared/importPreview';
import { failure } from '../../shared/problem';

/** What an import decides and a person may decide otherwise: gathers what there is to choose, and answers what was chosen. */
export class Choices {
  readonly #given: ImportChoices;
  readonly #offered: ImportChoice[] = [];

  constructor(given: ImportChoices = {}) {
    this.#given = given;
  }

  /** The value that counts: what was chosen where that is on offer, else the usual one. With one option there is nothing to choose. */
  offer<T extends string>(choice: Omit<ImportChoice, 'value' | 'options'>, usual: NoInfer<T>, options: readonly T[]): T {
    if (options.length < 2) return usual;
    const given = Object.hasOwn(this.#given, choice.key) ? this.#given[choice.key] : undefined;
    const value = options.find((option) => option === given) ?? usual;
    this.#offered.push({ ...choice, options, value });
    return value;
  }

  get offered(): readonly ImportChoice[] {
    return this.#offered;
  }
}

/**
 * For callers that name choices by hand.
 * @throws ProblemError `import.unknownChoice` for one that the import did not offer
 */
export function checkChoices(given: ImportChoices, offered: readonly ImportChoice[]): void {
  for (const [key, value] of Object.entries(given)) {
    const choice = offered.find((one) => one.key === key);
    if (choice === undefined) throw failure('import.unknownChoice', { choice: key, known: offered.map((one) => one.key).join(', ') });
    if (!choice.options.includes(value)) throw failure('import.unknownChoiceValue', { choice: key, value, known: choice.options.join(', ') });
  }
}
