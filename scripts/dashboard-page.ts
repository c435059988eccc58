// The page of the dashboard as one text: `npm run dashboard:page` writes it into a module, and a test
// fails where the two differ. The text is kept in the repository, so that tests and programs run
// from the source without a build.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PAGE_MODULE, pageModule } from './build/dashboard-page.ts';

const root = process.cwd();
writeFileSync(join(root, PAGE_MODULE), await pageModule(root));
