/** Colours for light and dark backgrounds; the viewer's setting decides. */
export const style = `
svg { color-scheme: light dark; font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.page { fill: #ffffff; }
.body { fill: #ffffff; stroke: #c9d1dc; }
.head { fill: #e8eef7; }
.view .head, .virtual .head { fill: #eef3ec; }
.missing .head { fill: #fbeaea; }
.view .body, .virtual .body, .missing .body { stroke-dasharray: 4 3; }
.name { font-size: 13px; font-weight: 600; fill: #1c2733; }
.column { font-size: 12px; fill: #1c2733; }
.type, .tag { font-size: 11px; fill: #6b7888; text-anchor: end; }
.tag { font-size: 10px; }
.mark { font-size: 9.5px; font-weight: 700; }
.pk { fill: #a15c00; }
.fk { fill: #1f62b5; }
.uk { fill: #7b3fa8; }
.full { fill: #4a5767; stroke: #4a5767; }
.empty { fill: none; stroke: #9aa6b4; }
.relation path { fill: none; stroke: #7f8ea0; stroke-width: 1.2; }
.relation circle { fill: #ffffff; stroke: #7f8ea0; stroke-width: 1.2; }
.relation:hover path, .relation:hover circle { stroke: #1f62b5; stroke-width: 2; }
.legend { font-size: 11px; fill: #6b7888; }
@media (prefers-color-scheme: dark) {
  .page { fill: #12171e; }
  .body { fill: #1a212b; stroke: #3a4655; }
  .head { fill: #263446; }
  .view .head, .virtual .head { fill: #26362f; }
  .missing .head { fill: #43282b; }
  .name, .column { fill: #e3e9f0; }
  .type, .tag, .legend { fill: #93a1b1; }
  .pk { fill: #e8a94a; }
  .fk { fill: #73b0f7; }
  .uk { fill: #c797ec; }
  .full { fill: #b4c0cd; stroke: #b4c0cd; }
  .empty { stroke: #64717f; }
  .relation path { stroke: #7d8b9b; }
  .relation circle { fill: #12171e; stroke: #7d8b9b; }
  .relation:hover path, .relation:hover circle { stroke: #73b0f7; }
}
`;
