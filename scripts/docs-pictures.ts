// Draws the pictures of the policy pages: `npm run docs:pictures`. They are kept in the repository, and
// a test fails where they differ.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PICTURES, PICTURES_FOLDER } from './pictures/pictures.ts';

mkdirSync(PICTURES_FOLDER, { recursive: true });
for (const [name, draw] of Object.entries(PICTURES)) {
  writeFileSync(join(PICTURES_FOLDER, `${name}.svg`), await draw());
}
