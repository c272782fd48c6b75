const Key = 'alarms.operator';
export const NameCharactersMax = 80;

/** Who acts, by their own word; kept while the tab is open, so that the next shift does not act under this name. */
export class Operator {
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'> | undefined;
  #name = '';

  constructor(storage: Pick<Storage, 'getItem' | 'setItem'> | undefined) {
    this.#storage = storage;
    try {
      this.#name = storage?.getItem(Key)?.slice(0, NameCharactersMax) ?? '';
    } catch {
      // A browser that keeps nothing: the name is asked for again.
    }
  }

  get name(): string {
    return this.#name;
  }

  set name(name: string) {
    this.#name = name.trim().slice(0, NameCharactersMax);
    try {
      this.#storage?.setItem(Key, this.#name);
    } catch {
      // As above: it holds at least until the page is left.
    }
  }
}
