import { describe, expect, it } from '@jest/globals';
import { pipConfigPaths, type PipMachine } from '../../../src/cli/pip-config.ts';

const paths = (platform: NodeJS.Platform, home: string, environment: PipMachine['environment'] = {}) =>
  pipConfigPaths({ environment, platform, home });

// https://pip.pypa.io/en/stable/topics/configuration/#location
describe('pipConfigPaths', () => {
  it('knows the places of Linux', () => {
    expect(paths('linux', '/home/me')).toEqual([
      '/home/me/.config/pip/pip.conf',
      '/home/me/.pip/pip.conf',
      '/etc/pip.conf',
      '/etc/xdg/pip/pip.conf',
    ]);
    const environment = { PIP_CONFIG_FILE: '/own.conf', VIRTUAL_ENV: '/venv', XDG_CONFIG_HOME: '/cfg', XDG_CONFIG_DIRS: '/a:/b:' };
    expect(paths('linux', '/home/me', environment)).toEqual([
      '/own.conf',
      '/venv/pip.conf',
      '/cfg/pip/pip.conf',
      '/home/me/.pip/pip.conf',
      '/etc/pip.conf',
      '/b/pip/pip.conf',
      '/a/pip/pip.conf',
    ]);
  });

  it('knows the places of macOS', () => {
    expect(paths('darwin', '/Users/me')).toEqual([
      '/Users/me/Library/Application Support/pip/pip.conf',
      '/Users/me/.config/pip/pip.conf',
      '/Users/me/.pip/pip.conf',
      '/Library/Application Support/pip/pip.conf',
    ]);
  });

  it('knows the places of Windows', () => {
    expect(
      paths('win32', 'C:\\Users\\me', { APPDATA: 'C:\\Users\\me\\AppData\\Roaming', PROGRAMDATA: 'D:\\Data', VIRTUAL_ENV: 'C:\\venv' }),
    ).toEqual([
      'C:\\venv\\pip.ini',
      'C:\\Users\\me\\AppData\\Roaming\\pip\\pip.ini',
      'C:\\Users\\me\\pip\\pip.ini',
      'D:\\Data\\pip\\pip.ini',
    ]);
  });

  it.each([
    ['linux', '/dev/null'],
    ['darwin', '/dev/null'],
    ['win32', 'NUL'],
  ] as const)('reads none on %s where PIP_CONFIG_FILE is %s', (platform, device) => {
    expect(paths(platform, '/home/me', { PIP_CONFIG_FILE: device })).toEqual([]);
  });
});
