/* Texts of the choice of a file's datum. */

import { addTexts } from "../i18n.js";

addTexts({
  zh: {
    "datum.label": "坐标系",
    "datum.file": "由文件说明，没有则为 WGS-84",
    "datum.wgs84": "卫星定位（WGS-84）",
    "datum.cgcs2000": "国家 2000 经纬度",
    "datum.gcj02": "高德、腾讯（GCJ-02）",
    "datum.bd09": "百度（BD-09）",
    "datum.plain": "国家 2000 平面坐标，3 度带，中央经线 {deg}°，不带带号（米）",
    "datum.zoned": "国家 2000 平面坐标，3 度带，第 {zone} 带，带带号（米）"
  },
  en: {
    "datum.label": "Datum",
    "datum.file": "What the file says, else WGS-84",
    "datum.wgs84": "GPS (WGS-84)",
    "datum.cgcs2000": "CGCS2000, degrees",
    "datum.gcj02": "Amap, Tencent (GCJ-02)",
    "datum.bd09": "Baidu (BD-09)",
    "datum.plain": "CGCS2000 plane, 3-degree zone, meridian {deg}°, no zone number (metres)",
    "datum.zoned": "CGCS2000 plane, 3-degree zone {zone}, with zone number (metres)"
  }
});
