import {
  Cartesian3, Cartographic, Cesium3DTileset, Ellipsoid, Globe, Ion, IonImageryProvider, IonWorldImageryStyle, Matrix4,
  UrlTemplateImageryProvider, type Scene,
} from 'cesium';
import type { GroundLayer } from './GroundLayer';
import type { BackdropSources } from './mapPort';

/** Maps of others below the city: imagery instead of the drawn plain, 3D tiles among the buildings. */
export class Backdrop {
  /** What the scene draws besides the city's own layers. */
  readonly primitives: unknown[] = [];

  constructor(private readonly scene: Scene, private readonly ground: () => GroundLayer) {}

  /** Rejects where a source cannot be reached; what was drawn before stays. */
  async show({ ionToken, imageryUrl, tilesUrl }: BackdropSources): Promise<void> {
    if (ionToken) Ion.defaultAccessToken = ionToken;
    if (imageryUrl || ionToken) {
      const provider = imageryUrl
        ? new UrlTemplateImageryProvider({ url: imageryUrl, maximumLevel: 19 })
        : await IonImageryProvider.fromAssetId(IonWorldImageryStyle.AERIAL);
      const globe = new Globe(Ellipsoid.WGS84);
      globe.showGroundAtmosphere = false;
      globe.enableLighting = false;
      this.scene.globe = globe;
      this.scene.imageryLayers.addImageryProvider(provider);
      this.ground().show = false;
    }
    if (tilesUrl) {
      const tileset = await Cesium3DTileset.fromUrl(tilesUrl);
      // The city stands at height 0 and the tiles at their true height: they are lowered to meet.
      const { center } = tileset.boundingSphere;
      const place = Cartographic.fromCartesian(center);
      const shift = Cartesian3.subtract(
        Cartesian3.fromRadians(place.longitude, place.latitude, 0), center, new Cartesian3());
      tileset.modelMatrix = Matrix4.fromTranslation(shift);
      this.primitives.push(tileset);
    }
    this.scene.requestRender();
  }
}
