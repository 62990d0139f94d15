set(GRANARY_CUDA_SOURCES
    activation.cu
    columns.cu
    loss.cu
    norm.cu
    optimizer.cu
    rotary.cu)
