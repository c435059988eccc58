import { textAnswer, type BoardAnswer } from './board-answer.ts';
import { SCRIPT, SCRIPT_HASH, STYLE, STYLE_HASH } from './page-text.ts';

/** Nothing but the page's own script and style, which are known by their hashes; and no text becomes markup. */
const POLICY = [
  "default-src 'none'",
  `script-src '${SCRIPT_HASH}'`,
  `style-src '${STYLE_HASH}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

/** The page: one document, with everything in it. */
export const pageAnswer = (title: string): BoardAnswer =>
  textAnswer(200, 'text/html', documentOf(escapeText(title)), {
    'content-security-policy': POLICY,
  });

const documentOf = (title: string): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${STYLE}</style>
</head>
<body>
<noscript><p class="verdict">This page needs JavaScript. The same as data: snapshot.json</p></noscript>
<script>${SCRIPT}</script>
</body>
</html>
`;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeText = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
