const shapes = {
  live: '<circle cx="8" cy="8" r="4.5" fill="currentColor"/>',
  stale: '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.6"/>' +
    '<path d="M8 3a5 5 0 0 1 0 10z" fill="currentColor"/>',
  lost: '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.6"/>' +
    '<path d="M4.5 11.5l7-7" stroke="currentColor" stroke-width="1.6"/>',
  neverReported: '<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="1.6" ' +
    'stroke-dasharray="2 2"/>',
  warning: '<path d="M8 2.2l6.2 11.3H1.8z" fill="none" stroke="currentColor" stroke-width="1.5" ' +
    'stroke-linejoin="round"/><path d="M8 6.4v3.4M8 11.2v1" stroke="currentColor" stroke-width="1.5"/>',
  search: '<circle cx="7" cy="7" r="4.2" fill="none" stroke="currentColor" stroke-width="1.5"/>' +
    '<path d="M10.2 10.2L14 14" stroke="currentColor" stroke-width="1.5"/>',
  close: '<path d="M4 4l8 8M12 4l-8 8" stroke="currentColor" stroke-width="1.5"/>',
  theme: '<circle cx="8" cy="8" r="5.2" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M8 2.8a5.2 5.2 0 0 0 0 10.4z" fill="currentColor"/>',
  wall: '<rect x="2" y="3" width="12" height="8" rx="1" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M5.5 13.5h5" stroke="currentColor" stroke-width="1.4"/>',
  target: '<circle cx="8" cy="8" r="3.6" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M8 1.5v3M8 11.5v3M1.5 8h3M11.5 8h3" stroke="currentColor" stroke-width="1.4"/>',
  history: '<path d="M3.2 5.2A5.6 5.6 0 1 1 2.4 8M3 2.4v3h3" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M8 5v3.3l2.2 1.4" fill="none" stroke="currentColor" stroke-width="1.4"/>',
  command: '<path d="M2.5 8h7M6.5 4l4 4-4 4" fill="none" stroke="currentColor" stroke-width="1.5"/>' +
    '<path d="M13 3v10" stroke="currentColor" stroke-width="1.5"/>',
  play: '<path d="M5 3l8 5-8 5z" fill="currentColor"/>',
  pause: '<path d="M4.5 3h2.6v10H4.5zM8.9 3h2.6v10H8.9z" fill="currentColor"/>',
  copy: '<rect x="5.5" y="5.5" width="8" height="8" rx="1" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M10.5 3.2V2.5h-8v8h.7" fill="none" stroke="currentColor" stroke-width="1.4"/>',
  building: '<path d="M3 14V5l5-3 5 3v9z" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M6 7.5h1M9 7.5h1M6 10.5h1M9 10.5h1" stroke="currentColor" stroke-width="1.4"/>',
  utilityMeter: '<circle cx="8" cy="8" r="5.6" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M8 8l2.6-2.6M4.8 10.6h6.4" stroke="currentColor" stroke-width="1.4"/>',
  streetlight: '<path d="M4 14.5V4.5c0-2 4-2 6 0" fill="none" stroke="currentColor" stroke-width="1.4"/>' +
    '<path d="M8.2 5.4h4.6l-1 2h-2.6z" fill="currentColor"/>',
  lightingCabinet: '<rect x="3.5" y="2.5" width="9" height="11" rx="1" fill="none" stroke="currentColor" ' +
    'stroke-width="1.4"/><path d="M8.6 4.8L6.6 8.2h2.6l-1.8 3" fill="none" stroke="currentColor" stroke-width="1.2"/>',
  feeder: '<circle cx="3.5" cy="8" r="1.8" fill="currentColor"/><path d="M5 8h4M9 8l3.5-4M9 8h4.5M9 8l3.5 4" ' +
    'fill="none" stroke="currentColor" stroke-width="1.4"/>',
  airQualitySensor: '<path d="M2 6h8a2 2 0 1 0-2-2M2 9h11M2 12h6a1.6 1.6 0 1 1-1.6 1.6" fill="none" ' +
    'stroke="currentColor" stroke-width="1.4" stroke-linecap="round"/>',
  generic: '<path d="M8 2l6 6-6 6-6-6z" fill="none" stroke="currentColor" stroke-width="1.4"/>',
  city: '<path d="M2 14V8h4v6M6 14V3h4v11M10 14V6h4v8z" fill="none" stroke="currentColor" stroke-width="1.3"/>',
  district: '<path d="M3 4l5-2 5 3v6l-6 3-4-3z" fill="none" stroke="currentColor" stroke-width="1.4"/>',
} as const;

export type IconName = keyof typeof shapes;

/** A small drawing beside a word; it says nothing on its own, so it is hidden from screen readers. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.innerHTML = shapes[name];
  return svg;
}
