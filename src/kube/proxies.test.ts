import { describe, expect, test } from 'vitest';
import { bypassesProxy, proxyFor } from './proxies';

const server = new URL('https://api.prod.example.org:6443');

describe('which servers go past a proxy', () => {
  test.each([
    ['*', true],
    ['example.org', true],
    ['.example.org', true],
    ['*.example.org', true],
    ['api.prod.example.org', true],
    ['.api.prod.example.org', false],
    ['api.prod.example.org:6443', true],
    ['api.prod.example.org:443', false],
    ['ample.org', false],
    ['API.PROD.EXAMPLE.ORG', true],
    ['', false],
  ])('%j: %s', (rule, past) => {
    expect(bypassesProxy(server, [rule])).toBe(past);
  });

  test.each([
    ['10.0.0.0/8', true],
    ['10.1.2.3', true],
    ['10.1.2.3:443', true],
    ['10.1.2.3:80', false],
    ['192.168.0.0/16', false],
    ['10.0.0.0/99', false],
    ['fd00::/8', false],
  ])('an address and %j: %s', (rule, past) => {
    expect(bypassesProxy(new URL('https://10.1.2.3'), [rule])).toBe(past);
  });

  test('IPv6 addresses and ranges are understood with and without brackets', () => {
    const six = new URL('https://[fd00::1]:6443');
    for (const rule of ['fd00::/8', 'fd00::1', '[fd00::1]', '[fd00::1]:6443']) expect(bypassesProxy(six, [rule])).toBe(true);
    expect(bypassesProxy(six, ['[fd00::1]:443'])).toBe(false);
  });
});

describe('which proxy is taken', () => {
  test('the kubeconfig’s comes before the settings’, and that before the environment’s', () => {
    const environment = { HTTPS_PROXY: 'http://environment:1' };
    expect(proxyFor(server, 'http://kubeconfig:3', { url: 'http://settings:2' }, environment)?.host).toBe('kubeconfig:3');
    expect(proxyFor(server, undefined, { url: 'http://settings:2' }, environment)?.host).toBe('settings:2');
    expect(proxyFor(server, undefined, undefined, environment)?.host).toBe('environment:1');
    expect(proxyFor(server, undefined, undefined, {})).toBeUndefined();
  });

  test('exceptions hold for settings and environment, not for the kubeconfig’s own proxy', () => {
    expect(proxyFor(server, undefined, { url: 'http://settings:2', noProxy: ['example.org'] }, {})).toBeUndefined();
    expect(proxyFor(server, undefined, undefined, { HTTPS_PROXY: 'http://environment:1', NO_PROXY: 'a,.example.org' })).toBeUndefined();
    expect(proxyFor(server, undefined, undefined, { https_proxy: 'environment:1', no_proxy: 'other' })?.host).toBe('environment:1');
    expect(proxyFor(server, 'http://kubeconfig:3', undefined, { NO_PROXY: '*' })?.host).toBe('kubeconfig:3');
  });

  test('loopback goes only through a proxy that the kubeconfig names', () => {
    for (const address of ['https://127.0.0.1:6443', 'https://localhost:6443', 'https://[::1]:6443']) {
      expect(proxyFor(new URL(address), undefined, { url: 'http://settings:2' }, { HTTPS_PROXY: 'http://environment:1' })).toBeUndefined();
      expect(proxyFor(new URL(address), 'http://kubeconfig:3', undefined, {})?.host).toBe('kubeconfig:3');
    }
  });
});
