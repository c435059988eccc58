/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  // Property tests and tests on real sockets share two cores with each other.
  testTimeout: 30_000,
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
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
  },
};

export default config;
