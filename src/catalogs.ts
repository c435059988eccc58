export { ondemand } from './catalogs/ondemand.ts';
