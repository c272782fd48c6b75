import { TwinKind, type SceneColumns } from './columns';
import { sceneId, sceneIndexOf } from './sceneFile';

/** Where and what every twin is: the scenes of one epoch, found by handle. */
export class CityScenes {
  readonly #scenes = new Map<TwinKind, SceneColumns>();

  set(scene: SceneColumns): void {
    this.#scenes.set(scene.kind, scene);
  }

  get(kind: TwinKind): SceneColumns | undefined {
    return this.#scenes.get(kind);
  }

  get all(): Iterable<SceneColumns> {
    return this.#scenes.values();
  }

  clear(): void {
    this.#scenes.clear();
  }

  idOf(kind: TwinKind, handle: number): string | undefined {
    const scene = this.#scenes.get(kind);
    const index = scene ? sceneIndexOf(scene, handle) : -1;
    return scene && index >= 0 ? sceneId(scene, index) : undefined;
  }

  tagOf(kind: TwinKind, handle: number): number | undefined {
    const scene = this.#scenes.get(kind);
    const index = scene ? sceneIndexOf(scene, handle) : -1;
    return scene && index >= 0 ? scene.tag[index] : undefined;
  }

  /** The id by looking at every scene; for a handle whose kind is not known. */
  findId(handle: number): string | undefined {
    for (const scene of this.#scenes.values()) {
      const index = sceneIndexOf(scene, handle);
      if (index >= 0) return sceneId(scene, index);
    }
    return undefined;
  }
}
