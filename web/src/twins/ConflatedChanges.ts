import { TwinKind, type ChangeColumns } from './columns';
import type { TwinStore } from './TwinStore';

const kinds = Object.values(TwinKind);

/** Which twins changed since the map was last told: each at most once, however long the page is hidden. */
export class ConflatedChanges {
  #marked = new Uint8Array(16_384);
  readonly #handles = new Map<TwinKind, { list: Uint32Array; count: number }>();

  get isEmpty(): boolean {
    return this.#handles.size === 0;
  }

  add(changes: ChangeColumns): void {
    for (let i = 0; i < changes.count; i++) this.mark(changes.kind, changes.handle[i]!);
  }

  mark(kind: TwinKind, handle: number): void {
    if (handle >= this.#marked.length) this.#grow(handle + 1);
    if (this.#marked[handle]) return;
    this.#marked[handle] = 1;
    let entry = this.#handles.get(kind);
    if (!entry) this.#handles.set(kind, (entry = { list: new Uint32Array(1024), count: 0 }));
    if (entry.count === entry.list.length) {
      const larger = new Uint32Array(entry.list.length * 2);
      larger.set(entry.list);
      entry.list = larger;
    }
    entry.list[entry.count++] = handle;
  }

  /** The newest states of what changed; nothing is left. */
  take(store: TwinStore): ChangeColumns[] {
    const taken: ChangeColumns[] = [];
    for (const kind of kinds) {
      const entry = this.#handles.get(kind);
      if (!entry) continue;
      const handles = entry.list.slice(0, entry.count);
      for (const handle of handles) this.#marked[handle] = 0;
      taken.push(store.columnsOf(kind, handles));
    }
    this.#handles.clear();
    return taken;
  }

  clear(): void {
    this.#marked.fill(0);
    this.#handles.clear();
  }

  #grow(needed: number): void {
    let length = this.#marked.length;
    while (length < needed) length *= 2;
    const larger = new Uint8Array(length);
    larger.set(this.#marked);
    this.#marked = larger;
  }
}
