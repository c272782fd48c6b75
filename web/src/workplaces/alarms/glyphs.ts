import { alarmPriorities, type AlarmPriority } from '../../twins/alarms';

// Each priority has a shape, a figure and a lightness of its own: the colour may be missed without loss.
const outlines: Readonly<Record<AlarmPriority, string>> = {
  critical: '<path d="M5.2 1h5.6L15 5.2v5.6L10.8 15H5.2L1 10.8V5.2z"/>',
  high: '<path d="M8 1l7.2 13.5H.8z"/>',
  medium: '<path d="M8 .8L15.2 8 8 15.2.8 8z"/>',
  low: '<circle cx="8" cy="8" r="6.6"/>',
  journal: '<rect x="2.5" y="2.5" width="11" height="11" rx="1"/>',
};

/** The mark of a priority: shape, colour and figure. It says nothing aloud; the word stands beside it. */
export function priorityGlyph(priority: AlarmPriority): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon priority priority-${priority}`);
  svg.setAttribute('aria-hidden', 'true');
  const rank = alarmPriorities.findIndex((name) => name === priority) + 1;
  const y = priority === 'high' ? 13.2 : priority === 'medium' ? 11.3 : 11.7;
  svg.innerHTML = `${outlines[priority]}<text x="8" y="${y}" text-anchor="middle">${rank || '·'}</text>`;
  return svg;
}
