/** @jest-config-loader esbuild-register */
import type { Config } from 'jest';

const config: Config = {
  testEnvironment: 'node',
  // On two cores Jest would take one worker. More than two would disturb what measures time.
  maxWorkers: 2,
  // Property tests and tests on real sockets share two cores with each other.
  testTimeout: 30_000,
  roots: ['<rootDir>/test'],
  testMatch: ['**/*.test.ts'],
  // `npm run test:slow` runs these: programs in processes of their own, memory, the main job.
  testPathIgnorePatterns: ['/node_modules/', '\\.slow\\.test\\.ts$'],
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
