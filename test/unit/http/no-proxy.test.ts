import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseNoProxy } from '../../../src/http/no-proxy.ts';

const bypasses = (noProxy: string | undefined, url: string): boolean => parseNoProxy(noProxy)(new URL(url));

describe('parseNoProxy', () => {
  it.each([
    ['index.example', 'https://index.example/'],
    ['index.example', 'https://INDEX.example./'],
    ['INDEX.Example', 'https://index.example/'],
    ['example', 'https://index.example/'],
    ['.index.example', 'https://pypi.index.example/'],
    ['.index.example', 'https://index.example/'],
    ['*.index.example', 'https://pypi.index.example/'],
    ['other.example, index.example', 'https://index.example/'],
    ['other.example index.example', 'https://index.example/'],
    ['index.example:443', 'https://index.example/'],
    ['index.example:80', 'http://index.example/'],
    ['index.example:8443', 'https://index.example:8443/'],
    ['*', 'https://index.example/'],
    ['other.example,*', 'https://index.example/'],
    ['127.0.0.1', 'http://127.0.0.1:8080/'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['10.0.0.0/8', 'http://10.1.2.3/'],
    ['::1', 'http://[::1]:8080/'],
    ['[::1]', 'http://[::1]:8080/'],
    ['[::1]:8080', 'http://[::1]:8080/'],
    ['0:0:0:0:0:0:0:1', 'http://[::1]/'],
    ['fd00::/8', 'http://[fd12::5]/'],
  ])('%j reaches %s without the proxy', (noProxy, url) => {
    expect(bypasses(noProxy, url)).toBe(true);
  });

  it.each([
    [undefined, 'https://index.example/'],
    ['', 'https://index.example/'],
    [' , ', 'https://index.example/'],
    ['dex.example', 'https://index.example/'],
    ['index.example', 'https://index.example.evil.example/'],
    ['index.example:8443', 'https://index.example/'],
    ['index.example:80', 'https://index.example/'],
    ['.', 'https://index.example/'],
    ['*.', 'https://index.example/'],
    ['0.0.1', 'http://127.0.0.1/'],
    ['10.0.0.0/8', 'http://11.0.0.1/'],
    ['10.0.0.0/99', 'http://10.0.0.1/'],
    ['10.0.0.0/8/8', 'http://10.0.0.1/'],
    ['10.0.0.0/8', 'http://10.example/'],
    ['::1', 'http://127.0.0.1/'],
    ['[::1]:8080', 'http://[::1]:8081/'],
    ['[::1', 'http://[::1]/'],
  ])('%j leaves %s to the proxy', (noProxy, url) => {
    expect(bypasses(noProxy, url)).toBe(false);
  });

  it('reads anything, and a listed host always, whatever stands beside it', () => {
    fc.assert(
      fc.property(fc.string(), fc.domain(), (beside, name) => {
        fc.pre(URL.canParse(`https://${name}/`));
        const host = new URL(`https://${name}/`).hostname;
        expect(bypasses(`${beside},${host}`, `https://${host}/`)).toBe(true);
      }),
    );
  });
});
