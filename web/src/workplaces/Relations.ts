import type { Twin } from '../twins/cityTypes';
import type { Desk } from './desk';
import { h, setText } from './dom';
import { icon } from './icons';
import { titleOf } from './twinFacts';

const PageLength = 50;
/** A district has thousands; nobody reads on beyond this, and the search finds the rest. */
const ChildrenShownMax = 500;

/** To what the twin belongs, what feeds it, and what belongs to it. */
export class Relations {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #twin: Twin;
  readonly #select: (id: string) => void;
  readonly #list = h('ul', { class: 'children' });
  readonly #more: HTMLButtonElement;
  readonly #error = h('p', { class: 'error', role: 'alert', hidden: true });
  readonly #abort = new AbortController();
  #next: string | undefined;

  constructor(desk: Desk, twin: Twin, select: (id: string) => void) {
    this.#desk = desk;
    this.#twin = twin;
    this.#select = select;
    const { language } = desk;
    this.#more = h('button', { type: 'button', class: 'quiet-button', onclick: () => void this.#load() },
      language.say('inspector.showChildren'));
    const district = desk.city?.districts.find(({ id }) => id === twin.district);
    const parent = desk.city?.districts.find(({ id }) => id === twin.parent);
    this.element = h('section', {}, h('h3', {}, language.say('inspector.relations')),
      h('dl', { class: 'facts' },
        ...this.#link('inspector.parent', twin.parent, parent && language.pick(parent.name)),
        ...this.#link('inspector.district', twin.district, district && language.pick(district.name)),
        ...this.#link('inspector.servedBy', twin.servedBy)),
      twin.childCount > 0 ? h('div', { class: 'children-head' },
        h('span', {}, language.say('inspector.children', { count: twin.childCount })), this.#more) : undefined,
      this.#error, this.#list);
  }

  dispose(): void {
    this.#abort.abort();
  }

  #link(
    key: 'inspector.parent' | 'inspector.district' | 'inspector.servedBy', id: string | null | undefined, title = id,
  ): HTMLElement[] {
    if (!id) return [];
    return [h('dt', {}, this.#desk.language.say(key)), h('dd', {}, this.#button(id, title ?? id))];
  }

  #button(id: string, ...content: readonly (Node | string)[]): HTMLElement {
    return h('button', { type: 'button', class: 'link', title: id, onclick: () => this.#select(id) }, ...content);
  }

  async #load(): Promise<void> {
    const { api, language, models, city } = this.#desk;
    this.#more.disabled = true;
    this.#error.hidden = true;
    try {
      const page = await api.children(this.#twin.id, this.#next, PageLength, this.#abort.signal);
      this.#list.append(...page.twins.map((child) => {
        const model = models?.models.find(({ id }) => id === child.model);
        const title = titleOf(child, model, city, language);
        return h('li', {}, this.#button(child.id, icon(child.kind), h('span', {}, title),
          h('code', {}, child.id)));
      }));
      this.#next = page.next ?? undefined;
      this.#more.hidden = !this.#next || this.#list.childElementCount >= ChildrenShownMax;
      setText(this.#more, language.say('inspector.moreChildren'));
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      setText(this.#error, language.say('load.failed', { reason }));
      this.#error.hidden = false;
    } finally {
      this.#more.disabled = false;
    }
  }
}
