"""Which licence the weights of an engine carry; said wherever an engine is named. Loads no model."""

FREE = "MTCNN weights MIT, dlib recogniser CC0: free for any use"
RESEARCH_ONLY = "InsightFace pretrained models: non-commercial research only"
LANDMARKS = "68 landmarks: trained on iBUG 300-W, no commercial use"


def licence_of(engine: str) -> str:
    """The licence of the engine with this name, in one plain sentence.

    Examples
    --------
    >>> licence_of("open")
    'MTCNN weights MIT, dlib recogniser CC0: free for any use'
    >>> licence_of("insightface:buffalo_l")
    'InsightFace pretrained models: non-commercial research only'
    """
    return FREE if engine == "open" else RESEARCH_ONLY
