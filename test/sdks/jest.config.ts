/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

// `*.sdk.ts`, not `*.test.ts`: plain `npm test` must not need what this folder installs.
const config: Config = {
  rootDir: '../..',
  testEnvironment: 'node',
  testTimeout: 30_000,
  roots: ['<rootDir>/test/sdks'],
  testMatch: ['**/*.sdk.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      { jsc: { target: 'es2022', parser: { syntax: 'typescript' } }, module: { type: 'es6' } },
    ],
  },
  moduleNameMapper: {
    '^holdfast$': '<rootDir>/src/index.ts',
    '^holdfast/(.*)$': '<rootDir>/src/$1.ts',
    '^#failure-ratio$': '<rootDir>/src/policies/circuit-breaker/failure-ratio-opossum.ts',
    '^#retry-rounds$': '<rootDir>/src/policies/retry/retry-rounds-p-retry.ts',
  },
};

export default config;
