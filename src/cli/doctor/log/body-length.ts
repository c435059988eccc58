/** The classifier reads no more of a body than this, and a log may hold images. */
export const MAX_BODY_LENGTH = 65_536;
