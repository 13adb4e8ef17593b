"""Look into one trained variant's codes: `python -m stages.latent_analysis linear`."""

from hourglass import latent, models, training
from hourglass.data import Images
from hourglass.figures import maps, style
from hourglass.files import write_json
from hourglass.params import load
from hourglass.randomness import derive
from stages import run
from stages.paths import IMAGES, METRICS, MODELS, PLOTS
from stages.trainings import add_results


def main(variant: str) -> None:
    params = load()
    model = models.load(MODELS / f"{variant}.safetensors")
    test = Images.load(IMAGES / "test.safetensors")
    count = min(params.latent_analysis.samples, len(test.images))
    codes, labels = training.encode(model, test.images[:count]).numpy(), test.labels[:count].numpy()
    positions = latent.tsne(codes, derive(params.seed, "t-SNE"))
    found = {"samples": count, **latent.organisation(codes, positions, labels)}
    picture = PLOTS / "latent-analysis" / variant / "tsne.png"
    caption = (
        f"{count} test codes of {codes.shape[1]} numbers. The ten nearest on the map tell the class of "
        f"{found['purity']:.0%};\nneighbourhoods of the code kept: trustworthiness {found['trustworthiness']:.3f} of 1."
    )
    title = f"{variant}: t-SNE of the codes of {test.dataset} test images"
    style.save(maps.class_map(positions, labels, test.classes, title, caption), picture)
    write_json(METRICS / "latent-analysis" / f"{variant}.json", found)
    add_results(params, variant, model, "latent-analysis", found, [picture])


if __name__ == "__main__":
    run(main, "variant")
