const rules = `
.citymap { position: relative; overflow: hidden; }
.citymap .cesium-widget, .citymap .cesium-widget canvas { width: 100%; height: 100%; display: block; }
.citymap canvas:focus-visible { outline: 2px solid var(--citymap-accent); outline-offset: -2px; }
.citymap canvas { touch-action: none; }
.citymap-labels, .citymap-labels > *, .citymap-reticle {
  position: absolute; left: 0; top: 0; pointer-events: none; user-select: none;
}
.citymap-labels { inset: 0; overflow: hidden; font-family: system-ui, "Segoe UI", "Noto Sans", sans-serif; }
.citymap-labels > * {
  white-space: nowrap; opacity: 0; transition: opacity 160ms; color: var(--citymap-label);
  text-shadow: 0 0 3px var(--citymap-halo), 0 0 3px var(--citymap-halo), 0 0 6px var(--citymap-halo);
}
.citymap-labels > .shown { opacity: 1; }
.citymap-district {
  font-size: calc(12.5px * var(--citymap-scale, 1)); font-weight: 600;
  letter-spacing: 0.13em; text-transform: uppercase;
}
.citymap-street { font-size: calc(11.5px * var(--citymap-scale, 1)); }
.citymap-labels > .citymap-street.shown { opacity: 0.8; }
.citymap-reticle { width: 0; height: 0; display: none; }
.citymap-reticle.shown { display: block; }
.citymap-reticle::before {
  content: ""; position: absolute; left: -7px; top: -26px; width: 14px; height: 14px; transform: rotate(45deg);
  border: solid var(--citymap-accent); border-width: 0 3px 3px 0; filter: drop-shadow(0 0 3px var(--citymap-halo));
}
.citymap .cesium-widget-credits, .citymap-credits {
  position: absolute; right: 8px; bottom: 4px; font-size: 10px; opacity: 0.6; color: var(--citymap-label);
}
.citymap-credits img { height: 16px; vertical-align: middle; }
.citymap-credits a { color: inherit; }
@media (prefers-reduced-motion: reduce) { .citymap-labels > * { transition: none; } }
`;

/** The map brings its own look; it needs nothing of the page's style sheets. */
export function addStyles(): void {
  if (document.getElementById('citymap-styles')) return;
  const element = document.createElement('style');
  element.id = 'citymap-styles';
  element.textContent = rules;
  document.head.append(element);
}
