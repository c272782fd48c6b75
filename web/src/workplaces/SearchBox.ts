import type { SearchHit } from '../twins/cityTypes';
import type { Desk } from './desk';
import { h, setAttribute } from './dom';
import { icon } from './icons';

const PauseMs = 150;
const HitsMax = 12;

/** Finds twins by address, name or id: `/` focuses, arrows choose, Enter flies there and opens it. */
export class SearchBox {
  readonly element: HTMLElement;
  readonly #desk: Desk;
  readonly #open: (hit: SearchHit) => void;
  readonly #input: HTMLInputElement;
  readonly #list: HTMLElement;
  readonly #message: HTMLElement;
  readonly #popup: HTMLElement;
  #hits: readonly SearchHit[] = [];
  #chosen = -1;
  #pause: ReturnType<typeof setTimeout> | undefined;
  #asked = new AbortController();

  constructor(desk: Desk, open: (hit: SearchHit) => void) {
    this.#desk = desk;
    this.#open = open;
    const { language } = desk;
    this.#list = h('ul', { id: 'search-hits', role: 'listbox', 'aria-label': language.say('search.results') });
    this.#message = h('div', { class: 'search-message', role: 'status' });
    this.#popup = h('div', { class: 'search-popup', hidden: true }, this.#message, this.#list);
    this.#input = h('input', {
      type: 'search', role: 'combobox', autocomplete: 'off', spellcheck: 'false',
      'aria-label': language.say('search.label'), 'aria-expanded': 'false', 'aria-controls': 'search-hits',
      'aria-autocomplete': 'list', placeholder: language.say('search.placeholder'), title: language.say('search.hint'),
      oninput: () => this.#typed(),
      onkeydown: (event: KeyboardEvent) => this.#pressed(event),
      onfocus: () => this.#hits.length > 0 && this.#show(true),
      onblur: () => this.#show(false),
    });
    this.element = h('div', { class: 'search', role: 'search' },
      icon('search'), this.#input, h('kbd', { 'aria-hidden': 'true' }, '/'), this.#popup);
    document.addEventListener('keydown', this.#slash);
  }

  dispose(): void {
    clearTimeout(this.#pause);
    this.#asked.abort();
    document.removeEventListener('keydown', this.#slash);
  }

  readonly #slash = (event: KeyboardEvent): void => {
    const target = event.target as HTMLElement;
    if (event.key !== '/' || event.ctrlKey || event.metaKey || /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName)) return;
    event.preventDefault();
    this.#input.focus();
    this.#input.select();
  };

  #typed(): void {
    clearTimeout(this.#pause);
    this.#asked.abort();
    const text = this.#input.value.trim();
    if (text === '') {
      this.#fill([], '');
      this.#show(false);
      return;
    }
    this.#pause = setTimeout(() => void this.#ask(text), PauseMs);
  }

  async #ask(text: string): Promise<void> {
    const { api, language } = this.#desk;
    const asked = (this.#asked = new AbortController());
    if (this.#hits.length === 0) this.#fill([], language.say('search.searching'));
    try {
      const hits = await api.search(text, HitsMax, asked.signal);
      if (!asked.signal.aborted) {
        this.#fill(hits, hits.length === 0 ? language.say('search.nothing', { query: text }) : '');
      }
    } catch (error) {
      if (asked.signal.aborted) return;
      const reason = error instanceof Error ? error.message : String(error);
      this.#fill([], language.say('search.failed', { reason }));
    }
  }

  #fill(hits: readonly SearchHit[], message: string): void {
    this.#hits = hits;
    this.#message.textContent = message;
    this.#message.hidden = message === '';
    this.#list.replaceChildren(...hits.map((hit, i) => h('li', {
      id: `search-hit-${i}`, role: 'option', 'aria-selected': 'false',
      // Before the input loses its focus and the list goes.
      onmousedown: (event: MouseEvent) => {
        event.preventDefault();
        this.#take(i);
      },
    }, icon(hit.kind), h('span', { class: 'hit-title' }, hit.title),
    h('span', { class: 'hit-subtitle' }, [hit.subtitle, hit.id].filter(Boolean).join(' · ')))));
    this.#choose(hits.length > 0 ? 0 : -1);
    this.#show(hits.length > 0 || message !== '');
  }

  #pressed(event: KeyboardEvent): void {
    const last = this.#hits.length - 1;
    if (event.key === 'ArrowDown') this.#choose(this.#chosen < last ? this.#chosen + 1 : 0);
    else if (event.key === 'ArrowUp') this.#choose(this.#chosen > 0 ? this.#chosen - 1 : last);
    else if (event.key === 'Enter') this.#take(this.#chosen);
    else if (event.key === 'Escape') this.#show(false);
    else return;
    event.preventDefault();
  }

  #take(index: number): void {
    const hit = this.#hits[index];
    if (!hit) return;
    this.#show(false);
    this.#input.blur();
    this.#open(hit);
  }

  #choose(index: number): void {
    this.#list.children[this.#chosen]?.setAttribute('aria-selected', 'false');
    this.#chosen = index;
    const chosen = this.#list.children[index];
    chosen?.setAttribute('aria-selected', 'true');
    chosen?.scrollIntoView({ block: 'nearest' });
    setAttribute(this.#input, 'aria-activedescendant', chosen?.id);
  }

  #show(isShown: boolean): void {
    this.#popup.hidden = !isShown;
    this.#input.setAttribute('aria-expanded', String(isShown));
  }
}
