import { ownClassification } from '../core/classification.ts';

/** The classification where the body that the caller was sending ended in an error: nobody else failed. */
export const UPLOAD_BROKEN = Object.freeze(
  ownClassification({
    category: 'fatal',
    decidedBy: 'caller',
    rule: 'the body of the request broke off at its source',
  }),
);
